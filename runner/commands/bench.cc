// bench: what it costs to control processes by pidfd and by PID.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "probes/system/host.h"
#include "runner/bench/run_bench.h"
#include "runner/commands/command.h"
#include "runner/commands/document_output.h"
#include "runner/document.h"
#include "runner/gate.h"
#include "runner/slowdown.h"

namespace pidproof::runner::commands {

namespace {

struct BenchArguments {
  bool quick = false;
  bool all = false;
  std::string only;
  std::vector<std::string> cgroups;
  DocumentOutput output;
};

int Bench(const BenchArguments& asked) {
  asked.output.Check();
  reports::Document document;
  document.tool = "pidproof " PIDPROOF_VERSION;
  document.run.started = Now();
  document.host = ToRow(ReadHostFacts());
  document.run.slowdown = MeasureSlowdown();
  document.run.only = asked.only;
  if (!asked.output.quiet) {
    PrintLine(asked.quick ? "measuring takes some seconds"
              : asked.all ? "measuring takes minutes"
                          : "measuring takes about a minute; --quick: seconds; --all: minutes");
  }
  const auto begun = std::chrono::steady_clock::now();
  document.benchmarks = bench::RunBench(
      {.quick = asked.quick, .all = asked.all, .only = asked.only, .cgroups = asked.cgroups});
  document.run.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  asked.output.Write(document);
  return 0;
}

const Registered<Command> kBench{{
    .name = "bench",
    .summary = "Measure what controlling processes costs, by pidfd and by PID",
    .example = "pidproof bench --json costs.json",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<BenchArguments>();
      const Argument quick = arguments.Flag("--quick", asked->quick,
                                            "Seconds instead of a minute: fewer rows, and wider "
                                            "intervals");
      arguments
          .Flag(
              "--all", asked->all,
              "Also the rows that take minutes: 10,000 children under each load, and more threads")
          .NotWith(quick);
      arguments.Value("--only", asked->only, "Only rows whose name has it: verbs/call:signal")
          .Of("REGEX");
      arguments
          .List("--cgroup", asked->cgroups,
                "A cgroup directory of version 2 in which children are created too; it must be "
                "one that this user may use, as by systemd's Delegate=")
          .Of("DIR")
          .OneEachTime();
      asked->output.DeclareFiles(arguments);
      asked->output.DeclareText(arguments);
      return [=] { return Bench(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

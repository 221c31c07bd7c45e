// bench: what it costs to control processes by pidfd and by PID.
#include <memory>

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
  std::string only;
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
  if (!asked.output.quiet) PrintLine("measuring takes about a minute; --quick: seconds");
  document.benchmarks =
      bench::RunBench(asked.quick ? bench::Amount::kQuick : bench::Amount::kFull, asked.only, {});
  if (document.benchmarks.empty()) {
    PrintLine("nothing was measured: '" + asked.only +
              "' names no row; see pidproof-bench --benchmark_list_tests");
    return kUndecided;
  }
  asked.output.Write(document);
  return 0;
}

const Registered<Command> kBench{{
    .name = "bench",
    .summary = "Measure what controlling processes costs, by pidfd and by PID",
    .example = "pidproof bench --json costs.json",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<BenchArguments>();
      arguments.Flag("--quick", asked->quick, "Seconds instead of a minute, and wider intervals");
      arguments.Value("--only", asked->only, "Only rows whose name has it: verbs/call:signal")
          .Of("REGEX");
      asked->output.DeclareFiles(arguments);
      asked->output.DeclareText(arguments);
      return [=] { return Bench(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

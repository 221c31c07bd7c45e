#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <vector>

#include "probes/child.h"
#include "probes/isolate.h"
#include "probes/probe.h"
#include "probes/world.h"
#include "reports/claims.h"
#include "reports/expect.h"
#include "reports/gaps.h"
#include "reports/html.h"
#include "reports/matrix.h"
#include "reports/table.h"
#include "reports/text.h"
#include "reports/typeset.h"
#include "reports/vocabulary.h"
#include "runner/boot.h"
#include "runner/document.h"
#include "runner/explain.h"
#include "runner/gate.h"
#include "runner/interrupt.h"
#include "runner/json_input.h"
#include "runner/kernel_log.h"
#include "runner/options.h"
#include "runner/out_of_memory.h"
#include "runner/output.h"
#include "runner/readiness.h"
#include "runner/run_again.h"
#include "runner/session.h"
#include "runner/settle_in.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

bool WantsColour() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

// The table is for people: it gives way on stdout to a document that is wanted there.
void PrintTable(const Options& options, const reports::Matrix& matrix) {
  if (options.quiet || options.json == "-" || options.html == "-") return;
  Deliver("-", reports::Text(matrix, {.colour = WantsColour(), .verbose = options.verbose}));
}

// The table first: should a file fail, the work is not lost.
void DeliverAll(const Options& options, const reports::Matrix& matrix) {
  PrintTable(options, matrix);
  if (!options.json.empty()) Deliver(options.json, reports::ToJson(matrix));
  if (!options.html.empty()) Deliver(options.html, reports::Html(matrix));
}

// What keeps the verdicts from being an answer, or the whole of one.
std::vector<std::string> GapsOfVerdicts(const reports::Matrix& matrix) {
  std::vector<std::string> gaps = reports::Gaps(matrix);
  if (!gaps.empty()) return gaps;
  if (std::string why = reports::WhyUndecided(matrix); !why.empty()) gaps.push_back(std::move(why));
  return gaps;
}

int Run(const Options& options) {
  CheckDeliverable(options.json);
  CheckDeliverable(options.html);
  StopOnInterrupt();
  const reports::Matrix matrix = Investigate(options, [&](const reports::Matrix& so_far) {
    if (IsReplaceable(options.json)) Deliver(options.json, reports::ToJson(so_far));
  });
  DeliverAll(options, matrix);
  constexpr int kInterrupted = 130;  // as a shell tells of SIGINT
  if (matrix.run.interrupted) return kInterrupted;
  const std::vector<std::string> gaps = GapsOfVerdicts(matrix);
  if (!gaps.empty()) PrintLine(fmt::format("{}", fmt::join(gaps, "; ")));
  return reports::ExitStatus(matrix);
}

int List(const Options& options) {
  std::string text;
  if (options.list_claims) {
    std::vector<reports::Scenario> scenarios;
    for (const Scenario* scenario : Registered<Scenario>::All()) {
      scenarios.push_back(ToRow(*scenario));
    }
    text = reports::ClaimsText(scenarios);
  } else if (options.list_worlds) {
    for (const World* world : Registered<World>::All()) {
      text += fmt::format("{:<26} {}\n", world->name, world->what);
    }
    text += fmt::format("CALL:ERRNO, CALL one of: all, {}\nor one use of a call: {}\n",
                        fmt::join(RefusableCalls(), ", "), fmt::join(RefusableUses(), ", "));
    text += "broken:NAME or broken:NAME@RATE, a mistake made on purpose, NAME one of:\n";
    for (const KnownMistake& known : KnownMistakes()) {
      text += fmt::format("  {:<24} {}\n", known.name, known.what);
    }
  } else {
    for (const Probe* probe : Registered<Probe>::All()) {
      text += fmt::format("{:<40} {:<5} {}\n", probe->name, probe->since.Text(), probe->what);
    }
    for (const Scenario* scenario : Registered<Scenario>::All()) {
      text += fmt::format("{:<40} {}\n", scenario->name, scenario->asks);
    }
  }
  Deliver("-", text);
  return 0;
}

reports::Matrix Read(const std::string& file) {
  const std::string text = FetchJson(file);
  try {
    return reports::FromJson(text);
  } catch (const reports::Unreadable& cut) {
    throw Undecided(fmt::format("{}: {}", file, cut.what()));
  } catch (const std::exception& mistake) {
    throw std::runtime_error(fmt::format("{}: {}", file, mistake.what()));
  }
}

int Show(const Options& options) {
  const reports::Matrix matrix = Read(options.files.front());
  DeliverAll(options, matrix);
  RefuseGaps(options.files.front(), GapsOfVerdicts(matrix));
  return 0;
}

// What keeps a document from being a column of the table.
std::vector<std::string> GapsOfColumn(const reports::Matrix& matrix) {
  std::vector<std::string> gaps =
      matrix.features.empty() ? GapsOfVerdicts(matrix) : reports::Gaps(matrix);
  const auto is_native = [](const auto& row) { return row.world == reports::kNative; };
  if (gaps.empty() && std::ranges::none_of(matrix.features, is_native) &&
      std::ranges::none_of(matrix.cells, is_native)) {
    gaps.push_back("there is no row of the native world, of which the table is");
  }
  return gaps;
}

int Table(const Options& options) {
  std::vector<reports::NamedMatrix> documents;
  for (const std::string& file : options.files) {
    std::string name = file.substr(file.find_last_of('/') + 1);
    if (name.ends_with(".json")) name.resize(name.size() - 5);
    documents.push_back({name, Read(file)});
  }
  Deliver("-", reports::Table(documents, {.markdown = options.markdown,
                                          .only_differing = options.differing,
                                          .fold = options.fold}));
  for (std::size_t i = 0; i < documents.size(); ++i) {
    RefuseGaps(options.files[i], GapsOfColumn(documents[i].matrix));
  }
  return 0;
}

int Expect(const Options& options) {
  const auto expectations = reports::ReadExpectations(options.expectations, Fetch);
  const std::vector<std::string> misfits =
      reports::Misfits(expectations, Read(options.files.front()), options.named);
  for (const std::string& misfit : misfits) Deliver("-", reports::Printable(misfit) + "\n");
  return misfits.empty() ? 0 : 1;
}

int KernelLogTrouble(const Options& options) {
  const std::string log = Fetch(options.files.front());
  if (log.empty()) {
    throw Undecided(fmt::format("{} is empty: give the log of a kernel that was booted",
                                options.files.front()));
  }
  const std::string trouble = TroubleIn(log);
  Deliver("-", trouble);
  return trouble.empty() ? 0 : 1;
}

// The gate when something is required, else only the tables.
int Ready(const Options& options) {
  const bool here = options.from.empty();
  return TellReadiness(options, here ? Investigate(options) : Read(options.from), here,
                       WantsColour());
}

int ExplainAll(const Options& options) {
  Deliver("-", Explain(options.explained));
  if (options.from.empty()) return 0;
  const reports::Matrix matrix = Read(options.from);
  Deliver("-", ToldOf(options.explained, matrix));
  RefuseGaps(options.from, reports::Gaps(matrix));
  return 0;
}

int Command(int argc, char** argv, bool is_init) {
  int status = 0;
  std::optional<Options> options = ParseOptions(argc, argv, status);
  if (!options) return status;
  options->is_init = is_init;
  switch (options->command) {
    case Options::kRun:
    case Options::kProbe:
      return Run(*options);
    case Options::kList:
      return List(*options);
    case Options::kShow:
      return Show(*options);
    case Options::kTable:
      return Table(*options);
    case Options::kExpect:
      return Expect(*options);
    case Options::kReady:
      return Ready(*options);
    case Options::kKernelLog:
      return KernelLogTrouble(*options);
    case Options::kReplay:
      StopOnInterrupt();
      return RunAgain(*options, Read(options->files.front()));
    case Options::kExplain:
      return ExplainAll(*options);
  }
  return 0;
}

int CommandOrMistake(int argc, char** argv, bool is_init) {
  try {
    return Command(argc, argv, is_init);
  } catch (const Undecided& undecided) {
    PrintLine(undecided.what());
    return kUndecided;
  } catch (const std::bad_alloc&) {  // of a mapping: operator new has ended the program
    ExitOutOfMemory();
  } catch (const std::exception& mistake) {
    PrintLine(mistake.what());
    return 2;
  }
}

// From the very first allocations on, those of the registries, which are made before main: wherever
// this process runs out of memory, a thread or a handler of exceptions, one line says so.
[[gnu::constructor(101)]] void WatchMemory() { std::set_new_handler(ExitOutOfMemory); }

}  // namespace
}  // namespace pidproof

int main(int argc, char** argv) {
  pidproof::body::ResumeIfExecuted(argc, argv);
  pidproof::ResetSignals();
  pidproof::SettleIn();
  // A program that one may execute but not read starts untraceable, which would change what trials
  // see.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  const bool is_init = pidproof::IsInit(argv[0]);
  const auto job = [&] {
    return pidproof::OnLargeStack([&] { return pidproof::CommandOrMistake(argc, argv, is_init); });
  };
  if (is_init) pidproof::BootAndRun(job);
  return job();
}

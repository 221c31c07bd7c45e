#include <sys/prctl.h>

#include <exception>
#include <new>

#include "probes/system/child.h"
#include "probes/system/isolate.h"
#include "runner/boot.h"
#include "runner/commands/command_line.h"
#include "runner/exit_style.h"
#include "runner/gate.h"
#include "runner/interrupt.h"
#include "runner/out_of_memory.h"
#include "runner/settle_in.h"
#include "scenarios/fixtures/core_helper.h"

namespace pidproof::runner {
namespace {

constexpr int kUsage = 2;

int RunCommandOrReport(int argc, char** argv, bool is_init) {
  try {
    return commands::CommandLine(is_init).Run(argc, argv);
  } catch (const Undecided& undecided) {
    PrintLine(undecided.what());
    return StatusAs(kUndecided, ExitStyleIn(argc, argv));
  } catch (const std::bad_alloc&) {  // of a mapping: operator new has ended the program
    ExitOutOfMemory();
  } catch (const std::exception& error) {
    PrintLine(error.what());
    return StatusAs(kUsage, ExitStyleIn(argc, argv));
  }
}

// From the very first allocations on, those of the registries, which are made before main: wherever
// this process runs out of memory, a thread or a handler of exceptions, one line says so.
[[gnu::constructor(101)]] void WatchMemory() { std::set_new_handler(ExitOutOfMemory); }

}  // namespace
}  // namespace pidproof::runner

int main(int argc, char** argv) {
  pidproof::body::ResumeIfExecuted(argc, argv);
  pidproof::scenarios::HelpIfStartedForCore(argc, argv);
  pidproof::ResetSignals();
  pidproof::runner::SettleIn();
  // A program that one may execute but not read starts untraceable, which would change what trials
  // see.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  const bool is_init = pidproof::runner::IsInit(argv[0]);
  const auto job = [&] {
    return pidproof::runner::OnLargeStack(
        [&] { return pidproof::runner::RunCommandOrReport(argc, argv, is_init); });
  };
  if (is_init) pidproof::runner::BootAndRun(job);
  return job();
}

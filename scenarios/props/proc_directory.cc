#include "scenarios/props/proc_directory.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <utility>

#include "probes/require.h"
#include "scenarios/props/proc.h"
#include "scenarios/props/report.h"

namespace pidproof {

namespace {

int TellsItsNumber(int gate) {
  report::Say(proc::OwnNumber());
  return body::Lingers(gate);
}

}  // namespace

Shown SpawnShown(Arena& arena, const Birth& birth) {
  report::Open();
  Child child = arena.Spawn(TellsItsNumber, birth);
  const pid_t number = report::HearInt();
  Fd directory(open(fmt::format("/proc/{}", number).c_str(), O_DIRECTORY | O_CLOEXEC));
  if (number == 0 || !directory) throw Unsupported("there is no /proc to find a child in");
  return {std::move(child), std::move(directory)};
}

}  // namespace pidproof

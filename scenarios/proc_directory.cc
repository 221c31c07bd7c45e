#include "scenarios/proc_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "probes/require.h"

namespace pidproof {

namespace {

struct Name {
  char text[16] = {};
};

int pipe_ends[2] = {-1, -1};

// Tells its name in /proc, which is its number there.
int TellsItsName(int gate) {
  Name name;
  if (readlink("/proc/self", name.text, sizeof name.text - 1) < 0) name.text[0] = '\0';
  if (write(pipe_ends[1], &name, sizeof name) != sizeof name) return 1;
  return body::Lingers(gate);
}

}  // namespace

Shown SpawnShown(Arena& arena, const Birth& birth) {
  Require(pipe2(pipe_ends, O_CLOEXEC) == 0);
  const Fd reading(pipe_ends[0]);
  Fd writing(pipe_ends[1]);
  Child child = arena.Spawn(TellsItsName, birth);
  writing.reset();
  Name name;
  Require(read(reading.get(), &name, sizeof name) == sizeof name);
  Fd directory(open(fmt::format("/proc/{}", name.text).c_str(), O_DIRECTORY | O_CLOEXEC));
  if (name.text[0] == '\0' || !directory) throw Unsupported("there is no /proc to find a child in");
  return {std::move(child), std::move(directory)};
}

}  // namespace pidproof

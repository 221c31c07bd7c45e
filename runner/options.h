#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/world.h"
#include "scenarios/deal.h"
#include "scenarios/orders.h"
#include "scenarios/path.h"

namespace pidproof {

// What the command line asks for, checked.
struct Options {
  enum Command { kRun, kProbe, kList, kShow, kTable, kExpect, kReady, kExplain, kReplay, kKernelLog };
  Command command = kRun;

  std::vector<World> worlds;
  bool names_worlds = false;      // they were asked for, and not just taken for want of others
  std::vector<std::string> only;  // globs over feature and scenario names; none: all
  bool conformance_only = false;  // no torture
  std::optional<Path> path;       // nothing: both
  std::uint64_t seed = 0;
  Budget torture{std::chrono::milliseconds(100)};  // per torture scenario and path
  std::size_t jobs = 1;       // conformance scenarios, or workers of one torture, at once
  Deal deal = Deal::kSetTid;  // the first way of dealing numbers to be tried
  bool allow_pid_wrap = false;

  std::string json;  // where the document goes: a file, "-" for stdout, empty for nowhere
  std::string html;
  bool quiet = false;
  bool verbose = false;
  bool hostname = false;
  bool is_init = false;  // the kernel was booted for this program, and runs no other

  bool list_worlds = false;
  bool list_claims = false;
  std::vector<std::string> files;  // documents to show
  std::string expectations;
  std::vector<std::string> named;  // by these a reason is known that expectations ask for
  std::vector<std::string> consumers;  // to assess; none: all
  std::vector<std::string> require;    // must be ready
  std::string from;                    // the document to assess, empty: this machine
  std::string explained;
  bool markdown = false;
  bool differing = false;
  bool fold = false;

  bool Wants(std::string_view name) const;
};

// Reads the command line. Prints what is asked for (--help, --version) or what is wrong (one line
// on stderr), and then returns nothing and sets status to the exit status.
std::optional<Options> ParseOptions(int argc, char** argv, int& status);

}  // namespace pidproof

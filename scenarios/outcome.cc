#include "scenarios/outcome.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "probes/system/errno_name.h"

namespace pidproof::scenarios {

namespace {

constexpr int kWords = 256;

std::array<std::string, kWords> LowerCaseErrnos() {
  std::array<std::string, kWords> words;
  for (int error = 1; error < kWords; ++error) {
    std::string name = ErrnoName(error);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::replace(name.begin(), name.end(), ' ', '_');
    words[static_cast<std::size_t>(error)] = name;
  }
  words[0] = "ok";
  return words;
}

}  // namespace

Outcome Outcome::Of(int error) {
  static const std::array<std::string, kWords> words = LowerCaseErrnos();
  if (error < 0 || error >= kWords) return "error";
  return Outcome(std::string_view(words[static_cast<std::size_t>(error)]));
}

Outcome Outcome::Of(const Result<siginfo_t>& waited) {
  if (!waited.ok()) return Of(waited.error());
  if (waited->si_pid == 0) return "running";
  switch (waited->si_code) {
    case CLD_EXITED:
      return "exited";
    case CLD_KILLED:
      return "killed";
    case CLD_DUMPED:
      return "dumped";
    case CLD_STOPPED:
      return "stopped";
    case CLD_CONTINUED:
      return "continued";
    default:
      return "unknown_code";
  }
}

}  // namespace pidproof::scenarios

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pidproof {

// Whose rights a world is seen with, where those are fewer than the caller's.
struct Privileges {
  std::string name;           // as it was written
  std::optional<uid_t> user;  // to become, with the group of the same number and no other
  std::uint64_t drop = 0;     // capabilities to give up, a bit each

  // "nobody", a user's number, "nocaps", or "drop:CAP_KILL,CAP_SYS_PTRACE". Throws
  // std::invalid_argument with one line that names the mistake and the fix, also when this caller
  // may not become that user.
  static Privileges Parse(std::string_view text);

  // Gives the rights up for good, for this process and its offspring, and leaves it as traceable as
  // a program that such a user has started. Throws Unsupported when that is refused.
  void Enter() const;
};

}  // namespace pidproof

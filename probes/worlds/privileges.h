#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pidproof {

// The privileges that a world is probed with, where these are fewer than the caller's.
struct Privileges {
  std::string name;           // as it was written
  std::optional<uid_t> user;  // to become, with the group of the same number and no other
  std::uint64_t drop = 0;     // capabilities to drop, one bit each

  // "nobody", a uid, "nocaps", or "drop:CAP_KILL,CAP_SYS_PTRACE". Throws std::invalid_argument with
  // one line that names the error and the fix, also when this caller may not become that user.
  static Privileges Parse(std::string_view text);

  // Drops the privileges for good, for this process and its descendants, and leaves the process as
  // traceable as a program that such a user has started. Throws Unsupported when that is refused.
  void Enter() const;
};

}  // namespace pidproof

#include "probes/worlds/privileges.h"

#include <errno.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof {

namespace {

constexpr uid_t kNobody = 65534;
constexpr std::uint64_t kAllCapabilities = ~std::uint64_t{0};
constexpr std::string_view kDrop = "drop:";

std::uint64_t ParseDropped(std::string_view names, std::string_view whole) {
  std::uint64_t dropped = 0;
  for (;;) {
    const std::size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    const int capability = CapabilityOf(name);
    if (capability < 0) {
      throw std::invalid_argument(fmt::format(
          "--as '{}': '{}' is not a capability; use names as in CAP_SYS_PTRACE", whole, name));
    }
    dropped |= std::uint64_t{1} << capability;
    if (comma == std::string_view::npos) return dropped;
    names.remove_prefix(comma + 1);
  }
}

uid_t ParseUser(std::string_view text) {
  if (text == "nobody") return kNobody;
  uid_t user = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), user);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      user == static_cast<uid_t>(-1)) {
    throw std::invalid_argument(
        fmt::format("--as '{}' is not a user; use nobody, a uid, nocaps "
                    "or drop:CAP_NAME,CAP_NAME",
                    text));
  }
  return user;
}

void Insist(int returned, std::string_view what) {
  if (returned == 0) return;
  throw Unsupported(fmt::format("{} is refused ({})", what, ErrnoName(errno)));
}

}  // namespace

Privileges Privileges::Parse(std::string_view text) {
  Privileges view{std::string(text), std::nullopt, 0};
  if (text == "nocaps") {
    view.drop = kAllCapabilities;
  } else if (text.starts_with(kDrop)) {
    view.drop = ParseDropped(text.substr(kDrop.size()), text);
  } else {
    view.user = ParseUser(text);
    if (geteuid() != 0 && *view.user != geteuid()) {
      throw std::invalid_argument(fmt::format(
          "--as '{}': only root can become another user; run as root, or write --as nocaps", text));
    }
  }
  return view;
}

void Privileges::Enter() const {
  if (user && *user != geteuid()) {
    const pid_t parent = getppid();
    Insist(setgroups(0, nullptr), "giving up groups");
    Insist(setresgid(*user, *user, *user), "becoming another group");
    Insist(setresuid(*user, *user, *user), "becoming another user");
    // Changing the user makes a process undumpable and clears its parent-death signal.
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    sys::DieWithParent(parent);
  }
  if (drop == 0) return;
  const sys::Status dropped = sys::DropCapabilities(drop);
  if (!dropped.ok()) {
    throw Unsupported(
        fmt::format("giving up capabilities is refused ({})", ErrnoName(dropped.error())));
  }
}

}  // namespace pidproof

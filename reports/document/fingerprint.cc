#include "reports/document/fingerprint.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace pidproof::reports {

namespace {

// FNV-1a, 64 bits: the same on every machine and in every build.
class Hash {
 public:
  void Add(std::string_view text) {
    for (const char letter : text) Step(static_cast<unsigned char>(letter));
    Step(0);  // so that "ab", "c" is not "a", "bc"
  }
  void Add(const std::optional<std::uint64_t>& number) {
    Add(number ? std::to_string(*number) : std::string());
  }
  std::string Digits() const { return fmt::format("{:016x}", value_); }

 private:
  void Step(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3; }
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

std::string Fingerprint(const Document& document) {
  const Host& host = document.host;
  Hash hash;
  for (const std::string* text :
       {&host.release, &host.machine, &host.libc, &host.capabilities, &host.security_modules,
        &host.user_namespace, &host.pid_namespace, &host.container, &host.emulator}) {
    hash.Add(*text);
  }
  hash.Add(host.ptrace_scope);
  hash.Add(host.uid == 0 ? "root" : "user");
  hash.Add(std::to_string(host.seccomp_mode.value_or(-1)));
  hash.Add(std::to_string(host.no_new_privs.value_or(false)));
  for (const Feature& row : document.features) {
    if (row.world != document.features.front().world) continue;
    hash.Add(row.feature);
    hash.Add(WordOf(row.availability));
    hash.Add(row.errno_name);
    hash.Add(row.refused_by);
  }
  return hash.Digits();
}

}  // namespace pidproof::reports

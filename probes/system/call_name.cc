#include "probes/system/call_name.h"

#include <fmt/format.h>

#include "probes/worlds/oci/policy.h"
#include "probes/worlds/world.h"

namespace pidproof {

std::string CallName(long number) {
  for (const std::string_view name : RefusableCalls()) {
    if (CallNamed(name).number == number) return std::string(name);
  }
  const std::string name = oci::NameOfCall(number);
  return name.empty() ? fmt::format("system call {}", number) : name;
}

}  // namespace pidproof

#include "probes/system/require.h"

#include <fmt/format.h>

#include "probes/system/errno_name.h"
#include "probes/system/refused.h"

namespace pidproof {

namespace {
std::string Place(const std::source_location& where) {
  return fmt::format("{}:{} ({})", where.file_name(), where.line(), where.function_name());
}
}  // namespace

void ThrowBroken(int error, const std::source_location& where) {
  throw Refused(fmt::format("{} at {}", ErrnoName(error), Place(where)), error);
}

void Require(bool holds, const std::source_location& where) {
  if (!holds) throw Broken(fmt::format("the setup failed at {}", Place(where)));
}

}  // namespace pidproof

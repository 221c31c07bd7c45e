#include "reports/document/started.h"

#include <time.h>

namespace pidproof::reports {

std::optional<std::int64_t> StartedSeconds(const std::string& started) {
  tm time{};
  const char* end = strptime(started.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timegm(&time);
}

}  // namespace pidproof::reports

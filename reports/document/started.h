#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pidproof::reports {

// Run::started, "2026-01-31T12:00:00Z", as seconds since 1970; nothing where it is not such a time.
std::optional<std::int64_t> StartedSeconds(const std::string& started);

}  // namespace pidproof::reports

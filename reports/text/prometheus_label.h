#pragma once

#include <string>
#include <string_view>

namespace pidproof::reports::text {

// name="value" in Prometheus' text format; of a name, what cannot stand in one becomes '_'.
std::string PrometheusLabel(std::string_view name, std::string_view value);

}  // namespace pidproof::reports::text

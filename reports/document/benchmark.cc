#include "reports/document/benchmark.h"

#include <fmt/format.h>

namespace pidproof::reports {

namespace {

// Where "/key:value" begins, and behind what it ends; nowhere where it is not there.
std::pair<std::size_t, std::size_t> Find(std::string_view name, std::string_view key) {
  const std::string wanted = fmt::format("/{}:", key);
  const std::size_t begin = name.find(wanted);
  if (begin == std::string_view::npos) return {name.size(), name.size()};
  return {begin, std::min(name.find('/', begin + wanted.size()), name.size())};
}

}  // namespace

std::string_view TopicOf(const Benchmark& row) {
  return std::string_view(row.name).substr(0, row.name.find('/'));
}

std::string_view KeyOf(const Benchmark& row, std::string_view key) {
  const auto [begin, end] = Find(row.name, key);
  if (begin == row.name.size()) return {};
  const std::size_t value = begin + key.size() + 2;
  return std::string_view(row.name).substr(value, end - value);
}

std::string Without(std::string_view name, std::string_view key) {
  const auto [begin, end] = Find(name, key);
  return std::string(name.substr(0, begin)) + std::string(name.substr(end));
}

}  // namespace pidproof::reports

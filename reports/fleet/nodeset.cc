#include "reports/fleet/nodeset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

namespace pidproof::reports::fleet {

namespace {

constexpr std::string_view kDigits = "0123456789";

// Others are operators of a nodeset, or of the shell that it is given to.
bool CanBeFolded(std::string_view name) {
  const auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_';
  };
  return !name.empty() && is_plain(name[0]) && std::ranges::all_of(name, [&](char letter) {
    return is_plain(letter) || letter == '.' || letter == '-';
  });
}

struct Name {
  std::string_view prefix;
  std::string_view digits;  // none: it is not folded
  std::string_view suffix;
};

Name Split(std::string_view name) {
  const std::size_t label = std::min(name.find('.'), name.size());
  const std::size_t last = name.substr(0, label).find_last_of(kDigits);
  if (last == std::string_view::npos) return {name, "", ""};
  const std::size_t before = name.find_last_not_of(kDigits, last);
  const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
  constexpr std::size_t kMostDigits = 15;
  if (last + 1 - first > kMostDigits) return {name, "", ""};
  return {name.substr(0, first), name.substr(first, last + 1 - first), name.substr(last + 1)};
}

// Numbers that are written with at least so many digits.
using Numbers = std::map<std::size_t, std::set<std::uint64_t>>;

// 10 goes with 08 and 09, which have a zero before them.
Numbers ByWidth(const std::set<std::string_view>& all_digits) {
  Numbers numbers;
  const auto has_zero = [](std::string_view digits) {
    return digits.size() > 1 && digits[0] == '0';
  };
  for (const std::string_view digits : all_digits) {
    if (has_zero(digits)) numbers[digits.size()].insert(std::stoull(std::string(digits)));
  }
  std::set<std::size_t> widths;
  for (const auto& [width, of_it] : numbers) widths.insert(width);
  for (const std::string_view digits : all_digits) {
    if (has_zero(digits)) continue;
    const auto wider = widths.upper_bound(digits.size());
    const std::size_t width = wider == widths.begin() ? 1 : *std::prev(wider);
    numbers[width].insert(std::stoull(std::string(digits)));
  }
  return numbers;
}

std::string Range(std::uint64_t first, std::uint64_t last, std::size_t width) {
  return first == last ? fmt::format("{:0{}}", first, width)
                       : fmt::format("{:0{}}-{:0{}}", first, width, last, width);
}

std::string Ranges(const std::set<std::uint64_t>& numbers, std::size_t width) {
  std::string text;
  for (auto at = numbers.begin(); at != numbers.end();) {
    const std::uint64_t first = *at;
    std::uint64_t last = first;
    while (++at != numbers.end() && *at == last + 1) last = *at;
    text += (text.empty() ? "" : ",") + Range(first, last, width);
  }
  return text;
}

}  // namespace

Folded FoldHosts(const std::vector<std::string>& hosts) {
  Folded folded;
  std::map<std::pair<std::string_view, std::string_view>, std::set<std::string_view>> groups;
  for (const std::string& host : hosts) {
    if (!CanBeFolded(host)) {
      ++folded.left_out;
      continue;
    }
    const Name name = Split(host);
    std::set<std::string_view>& digits = groups[{name.prefix, name.suffix}];
    if (!name.digits.empty()) digits.insert(name.digits);
  }
  const auto add = [&](const std::string& group) {
    folded.nodeset += (folded.nodeset.empty() ? "" : ",") + group;
  };
  for (const auto& [around, digits] : groups) {
    const auto& [prefix, suffix] = around;
    const Numbers numbers = ByWidth(digits);
    if (numbers.empty()) add(std::string(prefix));
    for (const auto& [width, of_it] : numbers) {
      const std::string ranges = Ranges(of_it, width);
      const bool is_one = of_it.size() == 1;
      add(fmt::format("{}{}{}{}{}", prefix, is_one ? "" : "[", ranges, is_one ? "" : "]", suffix));
    }
  }
  return folded;
}

}  // namespace pidproof::reports::fleet

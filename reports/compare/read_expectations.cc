#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <ranges>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/compare/expect.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports::compare {

namespace {

constexpr int kDeepestInclude = 32;

[[noreturn]] void Complain(const std::string& place, std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {}", place, what));
}

std::string Trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

double ParseShare(const std::string& word, const std::string& place) {
  double share = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), share);
  if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size() || !(share > 0) ||
      !(share < 1)) {
    Complain(place, fmt::format("'{}' is not a fraction; use one above 0 and below 1, such as 1e-2",
                                word));
  }
  return share;
}

// Of several words with slashes between them, each possibly with a colon and more behind it.
void RefuseUnknownWords(std::string_view words, std::span<const Word> known,
                        std::string_view besides, const std::string& place) {
  std::vector<std::string_view> list;
  std::ranges::transform(known, std::back_inserter(list), &Word::word);
  if (!besides.empty()) list.push_back(besides);
  for (const auto part : std::views::split(words, '/')) {
    const std::string_view word(part.begin(), part.end());
    if (std::ranges::find(list, word.substr(0, word.find(':'))) != list.end()) continue;
    Complain(place, fmt::format("'{}' is none of {}", word, fmt::join(list, ", ")));
  }
}

// What stands before the bar, where it is more than a kind and a name.
void ParseRow(const std::string& row, const std::string& place, Expectation& expectation) {
  std::istringstream words(row);
  std::string kind;
  words >> kind >> expectation.name;
  if (kind != "feature" && kind != "verdict" && kind != "bound") {
    Complain(place, fmt::format("'{}' is neither feature, verdict, bound, kernel_log, kernel_bug, "
                                "cost, world nor include",
                                kind));
  }
  if (kind != "feature") {
    expectation.kind = kind == "bound" ? Expectation::kBound : Expectation::kVerdict;
    words >> expectation.path;
  }
  words >> expectation.word;
  std::string rest;
  if (!words || words >> rest) {
    Complain(place,
             "write 'feature NAME WORD | reason [source]', 'verdict NAME PATH WORD | reason "
             "[source]' or 'bound NAME PATH SHARE | reason [source]'");
  }
  if (expectation.kind == Expectation::kBound) {
    expectation.share = ParseShare(expectation.word, place);
  } else if (expectation.kind == Expectation::kVerdict) {
    RefuseUnknownWords(expectation.word, kVerdicts, "", place);
  } else {
    RefuseUnknownWords(expectation.word, kAvailabilities, "since", place);
  }
}

Expectation ParseLine(const std::string& line, const std::string& place) {
  constexpr std::pair<std::string_view, Expectation::Kind> kNamedAlone[] = {
      {"kernel_log ", Expectation::kKernelLog},
      {"kernel_bug ", Expectation::kKernelBug},
      {"cost ", Expectation::kCost}};
  const std::size_t bar = line.find('|');
  const std::string row = Trimmed(line.substr(0, bar));
  Expectation expectation;
  const auto named_alone = std::ranges::find_if(
      kNamedAlone, [&](const auto& each) { return row.starts_with(each.first); });
  if (named_alone != std::end(kNamedAlone)) {
    expectation.kind = named_alone->second;
    expectation.name = Trimmed(row.substr(named_alone->first.size()));
  } else {
    ParseRow(row, place, expectation);
  }
  if (bar != std::string::npos) expectation.reason = Trimmed(line.substr(bar + 1));
  if (!expectation.reason.ends_with(']'))
    Complain(place, "give a reason after '|', with its source in brackets");
  expectation.place = place;
  return expectation;
}

// An included file is about the world in which it is included, until it names another one.
void ReadInto(std::vector<Expectation>& expectations, const std::string& file, int depth,
              std::string world, const std::function<std::string(const std::string&)>& fetch) {
  if (depth > kDeepestInclude) Complain(file, "includes itself; break the circle");
  std::istringstream lines(fetch(file));
  std::string raw;
  for (int number = 1; std::getline(lines, raw); ++number) {
    const std::string line = Trimmed(raw);
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("world ")) {
      world = Trimmed(line.substr(6));
      continue;
    }
    if (line.starts_with("include ")) {
      const std::string folder = file.substr(0, file.find_last_of('/') + 1);
      ReadInto(expectations, folder + Trimmed(line.substr(8)), depth + 1, world, fetch);
      continue;
    }
    expectations.push_back(ParseLine(line, fmt::format("{}:{}", file, number)));
    expectations.back().included = depth > 0;
    expectations.back().world = world;
  }
}

}  // namespace

std::vector<Expectation> ReadExpectations(
    const std::string& file, const std::function<std::string(const std::string&)>& fetch) {
  std::vector<Expectation> expectations;
  ReadInto(expectations, file, 0, std::string(kNative), fetch);
  return expectations;
}

}  // namespace pidproof::reports::compare

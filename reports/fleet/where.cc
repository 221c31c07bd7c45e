#include "reports/fleet/where.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <stdexcept>

#include "reports/document/vocabulary.h"
#include "reports/fleet/record.h"

namespace pidproof::reports::fleet {

const std::string_view kWhereHelp =
    "feature:NAME=AVAILABILITY, verdict:WORD scenario:GLOB path:PATH (of one answer), bug:GLOB, "
    "refused_by:WORD, release>=6.12, machine:, libc:, container:, emulator:, host:GLOB, count>1 "
    "(hosts that are alike); and, or, not, parentheses";

bool CountCondition::Holds(std::uint64_t hosts) const {
  if (comparison == "<") return hosts < count;
  if (comparison == "<=") return hosts <= count;
  if (comparison == "=") return hosts == count;
  if (comparison == "!=") return hosts != count;
  if (comparison == ">=") return hosts >= count;
  return hosts > count;
}

namespace {

// KEY, how it is compared, and with what.
struct Atom {
  std::string key;
  std::string comparison;  // ":" where it only names
  std::string value;
};

constexpr std::string_view kComparisons[] = {"!=", "<=", ">=", ":", "<", ">", "="};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Where Parse() {
    where_.sql = AnyOf();
    if (!Peek().empty()) Fail(fmt::format("unexpected '{}'", Peek()));
    return std::move(where_);
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    throw std::invalid_argument(
        fmt::format("where, at character {}: {}; it takes {}", begin_ + 1, what, kWhereHelp));
  }

  // The next word, parenthesis or '!'; empty at the end.
  std::string_view Peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    begin_ = at_;
    if (at_ == text_.size()) return "";
    if (std::string_view("()!").find(text_[at_]) != std::string_view::npos) {
      return text_.substr(at_, 1);
    }
    return text_.substr(at_, std::min(text_.find_first_of(" ()", at_), text_.size()) - at_);
  }
  std::string_view Take() {
    const std::string_view word = Peek();
    at_ += word.size();
    return word;
  }
  bool TakeIf(std::string_view word) {
    if (Peek() != word) return false;
    Take();
    return true;
  }

  std::string AnyOf() {
    const bool had_count = where_.count.has_value();
    std::string sql = AllOf();
    while (TakeIf("or")) {
      sql = fmt::format("({} OR {})", sql, AllOf());
      RefuseCount("or", had_count);
    }
    return sql;
  }

  std::string AllOf() {
    std::string sql = One();
    for (;;) {
      const bool has_and = TakeIf("and");
      const std::string_view next = Peek();
      if (!has_and && (next.empty() || next == ")" || next == "or")) return sql;
      sql = fmt::format("({} AND {})", sql, One());
    }
  }

  std::string One() {
    if (TakeIf("not") || TakeIf("!")) {
      const bool had_count = where_.count.has_value();
      const std::string sql = One();
      RefuseCount("not", had_count);
      return fmt::format("NOT {}", sql);
    }
    if (TakeIf("(")) {
      if (++depth_ > kDeepest) Fail("too many parentheses");
      const std::string sql = AnyOf();
      if (!TakeIf(")")) Fail("a ')' is missing");
      --depth_;
      return sql;
    }
    const std::string_view word = Peek();
    if (word.empty() || word == ")" || word == "and" || word == "or")
      Fail("a condition is missing");
    return Condition(AtomOf(Take()));
  }

  // What a host has is known of it alone, how many are alike of all together.
  void RefuseCount(std::string_view word, bool had_count) const {
    if (where_.count && !had_count) Fail(fmt::format("count cannot stand with '{}'", word));
  }

  Atom AtomOf(std::string_view word) const {
    const std::size_t end = word.find_first_of("!<>:=");
    for (const std::string_view comparison : kComparisons) {
      if (end == std::string_view::npos || word.substr(end, comparison.size()) != comparison)
        continue;
      const std::string_view value = word.substr(end + comparison.size());
      if (value.empty()) Fail(fmt::format("'{}' has no value", word));
      return {std::string(word.substr(0, end)), std::string(comparison), std::string(value)};
    }
    Fail(fmt::format("'{}' is not a condition", word));
  }

  std::string Parameter(Value value) {
    where_.parameters.push_back(std::move(value));
    return fmt::format("${}", where_.parameters.size());
  }

  std::string Condition(const Atom& atom) {
    if (atom.key == "feature") return OfFeature(atom);
    if (IsOfCell(atom.key)) return OfCell(atom);
    if (atom.key == "bug") {
      return fmt::format("r.id IN (SELECT run FROM bug_met WHERE bug LIKE {})", Glob(atom));
    }
    if (atom.key == "refused_by") {
      return fmt::format(
          "r.profile IN (SELECT profile FROM profile_feature WHERE refused_by LIKE {})",
          Glob(atom));
    }
    if (atom.key == "release") return OfRelease(atom);
    if (atom.key == "host") return fmt::format("r.host LIKE {}", Glob(atom));
    for (const char* key : {"machine", "libc", "container", "emulator"}) {
      if (atom.key == key) return fmt::format("e.{} LIKE {}", key, Glob(atom));
    }
    if (atom.key == "count") return OfCount(atom);
    Fail(fmt::format("'{}' is unknown", atom.key));
  }

  // NAME, which must be present, or NAME=AVAILABILITY, or NAME!=AVAILABILITY.
  std::string OfFeature(const Atom& atom) {
    RequireColon(atom);
    const std::size_t equals = atom.value.find('=');
    const bool is_not = equals != std::string::npos && equals > 0 && atom.value[equals - 1] == '!';
    const std::string name = atom.value.substr(0, is_not ? equals - 1 : equals);
    const std::string word =
        equals == std::string::npos ? "present" : atom.value.substr(equals + 1);
    RequireWord(word, kAvailabilities, "availability");
    const std::string feature = Parameter(name);
    where_.named.push_back(
        {"feature " + name, "SELECT 1 FROM profile_feature WHERE feature = $1 LIMIT 1", name});
    return fmt::format(
        "r.profile IN (SELECT profile FROM profile_feature WHERE feature = {} AND availability {} "
        "{})",
        feature, is_not ? "<>" : "=", Parameter(word));
  }

  static bool IsOfCell(std::string_view key) {
    return key == "verdict" || key == "scenario" || key == "path";
  }

  // Those that follow are of the same answer.
  std::string OfCell(const Atom& first) {
    std::string conditions = CellCondition(first);
    for (;;) {
      const std::size_t before = at_;
      TakeIf("and");
      const std::string_view next = Peek();
      const std::size_t key = next.find(':');
      if (key == std::string_view::npos || !IsOfCell(next.substr(0, key))) {
        at_ = before;
        break;
      }
      conditions += " AND " + CellCondition(AtomOf(Take()));
    }
    constexpr std::string_view kFrom = "{0} AS c JOIN scenario AS s ON s.id = c.scenario WHERE {1}";
    const std::string in_set = fmt::format(fmt::runtime(kFrom), "verdict_cell", conditions);
    const std::string in_race = fmt::format(fmt::runtime(kFrom), "race", conditions);
    return fmt::format(
        "(r.verdict_set IN (SELECT c.verdict_set FROM {}) OR r.id IN (SELECT c.run FROM {}))",
        in_set, in_race);
  }

  std::string CellCondition(const Atom& atom) {
    RequireColon(atom);
    if (atom.key == "scenario") {
      const std::string glob = Glob(atom);
      where_.named.push_back({"scenario " + atom.value,
                              "SELECT 1 FROM scenario WHERE name LIKE $1 ESCAPE '\\' LIMIT 1",
                              where_.parameters.back()});
      return fmt::format("s.name LIKE {}", glob);
    }
    RequireWord(atom.value,
                atom.key == "verdict" ? std::span<const Word>(kVerdicts) : std::span(kPaths),
                atom.key);
    return fmt::format("c.{} = {}", atom.key, Parameter(atom.value));
  }

  std::string OfRelease(const Atom& atom) {
    const std::int64_t number = ReleaseNumber(atom.value);
    if (number == 0) Fail(fmt::format("release {} is not one such as 6.12", atom.value));
    if (atom.comparison == ":") return fmt::format("e.release LIKE {}", Glob(atom));
    return fmt::format("e.release_number {} {}", Comparison(atom), Parameter(number));
  }

  std::string OfCount(const Atom& atom) {
    if (where_.count) Fail("count stands there twice");
    std::uint64_t count = 0;
    const char* const end = atom.value.data() + atom.value.size();
    const auto [rest, error] = std::from_chars(atom.value.data(), end, count);
    if (error != std::errc() || rest != end) Fail(fmt::format("'{}' is not a count", atom.value));
    where_.count = CountCondition{Comparison(atom), count};
    return "1 = 1";
  }

  std::string Comparison(const Atom& atom) const {
    if (atom.comparison == ":") Fail(fmt::format("{} takes <, <=, =, !=, >= or >", atom.key));
    return atom.comparison;
  }

  void RequireColon(const Atom& atom) const {
    if (atom.comparison != ":") Fail(fmt::format("{} takes a ':'", atom.key));
  }

  void RequireWord(const std::string& word, std::span<const Word> list,
                   std::string_view what) const {
    if (std::ranges::find(list, word, &Word::word) != list.end()) return;
    std::vector<std::string_view> words;
    for (const Word& each : list) words.push_back(each.word);
    Fail(fmt::format("'{}' is not of {}: {}", word, what, fmt::join(words, ", ")));
  }

  // * and ? as a shell has them.
  std::string Glob(const Atom& atom) {
    if (atom.comparison != ":" && atom.comparison != "=") {
      Fail(fmt::format("{} takes a ':'", atom.key));
    }
    std::string like;
    for (const char letter : atom.value) {
      if (letter == '%' || letter == '_' || letter == '\\') like += '\\';
      like += letter == '*' ? '%' : letter == '?' ? '_' : letter;
    }
    return Parameter(like) + " ESCAPE '\\'";
  }

  static constexpr int kDeepest = 50;
  const std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // of the last word
  int depth_ = 0;
  Where where_;
};

}  // namespace

Where ParseWhere(std::string_view expression) { return Parser(expression).Parse(); }

void RequireNames(Database& fleet, const Where& where) {
  for (const auto& [text, query, parameter] : where.named) {
    if (!fleet.Query(query, {parameter}).rows.empty()) continue;
    throw std::invalid_argument(
        fmt::format("where: no host was asked for {}; pidproof list prints the names", text));
  }
}

}  // namespace pidproof::reports::fleet

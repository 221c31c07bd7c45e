#include "probes/kernel_log/kernel_trouble.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace pidproof::kernel_log {

namespace {

bool IsDigit(char letter) { return letter >= '0' && letter <= '9'; }
bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Consumes a number and the letter after it.
std::optional<unsigned long long> TakeNumber(std::string_view& text, char after) {
  unsigned long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || length == text.size() || *end != after) return std::nullopt;
  text.remove_prefix(length + 1);
  return value;
}

std::string OneLine(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  std::string line(text.substr(0, std::min(text.find('\n'), kLongest)));
  std::ranges::replace_if(
      line, [](char letter) { return letter < ' ' || letter > '~'; }, ' ');
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// "[   12.345678]" of printk.time, or "[    T1]" of CONFIG_PRINTK_CALLER, which has no seconds.
struct Bracket {
  std::size_t length = 0;  // 0: not present
  std::optional<double> seconds = {};
};

Bracket BracketAt(std::string_view text) {
  const std::size_t end = text.find(']');
  if (!text.starts_with('[') || end == std::string_view::npos) return {};
  std::string_view inside = text.substr(1, end - 1);
  inside.remove_prefix(std::min(inside.find_first_not_of(' '), inside.size()));
  if (inside.empty()) return {};
  const bool is_caller = (inside[0] == 'T' || inside[0] == 'C') &&
                         std::ranges::all_of(inside.substr(1), IsDigit) && inside.size() > 1;
  if (is_caller) return {end + 1};
  double seconds = 0;
  const auto [stop, error] = std::from_chars(inside.data(), inside.data() + inside.size(), seconds);
  if (error != std::errc() || stop != inside.data() + inside.size()) return {};
  return {end + 1, seconds};
}

// A line of the kernel may interrupt one that a program prints: it starts at its time stamp.
std::size_t WherePrintkBegins(std::string_view line) {
  for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
    const bool has_level = at >= 3 && line[at - 3] == '<' && line[at - 1] == '>';
    if (BracketAt(line.substr(at)).seconds) return has_level ? at - 3 : at;
  }
  return 0;
}

// "kernel/fork.c:123 at copy_process+0x1/0x2", as from 6.19 on (include/asm-generic/bug.h).
bool IsPlaceInSource(std::string_view text) {
  const std::size_t colon = text.substr(0, text.find(' ')).rfind(':');
  if (colon == std::string_view::npos || colon + 1 >= text.size()) return false;
  text.remove_prefix(colon + 1);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  return digits > 0 && text.substr(digits).starts_with(" at ");
}

// The first lines of lockdep's reports (kernel/locking/lockdep.c).
bool IsLockdep(std::string_view text) {
  constexpr std::string_view kLines[] = {
      "possible circular locking dependency",
      "possible recursive locking",
      "possible irq lock inversion",
      "inconsistent lock state",
      "suspicious RCU usage",
      "bad unlock balance",
      "bad contention detected",
      "held lock freed",
      "lock held when returning to user space",
      "trying to register non-static key",
      "Nested lock was not taken",
      "lock order detected",
      "Invalid wait context",
      "still has locks held",
  };
  return std::ranges::any_of(kLines, [&](std::string_view line) { return Has(text, line); });
}

// An oops of any architecture carries a counter: "Oops: 0002 [#1] PREEMPT SMP"
// (arch/x86/kernel/dumpstack.c, arch/arm64/kernel/traps.c __die).
bool HasDieCounter(std::string_view text) {
  const std::size_t at = text.find("[#");
  if (at == std::string_view::npos) return false;
  std::string_view rest = text.substr(at + 2);
  return TakeNumber(rest, ']').has_value();
}

bool IsOops(std::string_view text) {
  constexpr std::string_view kBeginnings[] = {
      "Oops",
      "general protection fault",
      "Internal error: ",
      "Unable to handle kernel ",
      "double fault:",
      "PANIC: double fault",
      "kernel BUG at ",
      "Unhandled fault at ",
      "SError Interrupt on CPU",
  };
  return std::ranges::any_of(kBeginnings,
                             [&](std::string_view begin) { return text.starts_with(begin); }) ||
         HasDieCounter(text);
}

bool IsRcuStall(std::string_view text) {
  if (text.starts_with("rcu: ")) text.remove_prefix(5);
  return (text.starts_with("INFO: rcu") && Has(text, "stall")) ||
         (text.starts_with("rcu_") && Has(text, " kthread starved for "));
}

}  // namespace

std::optional<KernelLine> ParseKmsgRecord(std::string_view record) {
  constexpr unsigned kLevels = 8;  // the priority is facility * 8 + level
  const std::optional priority = TakeNumber(record, ',');
  const std::optional sequence = priority ? TakeNumber(record, ',') : std::nullopt;
  const std::optional microseconds = sequence ? TakeNumber(record, ',') : std::nullopt;
  const std::size_t semicolon = record.find(';');
  if (!microseconds || semicolon == std::string_view::npos) return std::nullopt;
  return KernelLine{.seconds = static_cast<double>(*microseconds) / 1e6,
                    .level = static_cast<int>(*priority % kLevels),
                    .from_kernel = *priority < kLevels,
                    .text = OneLine(record.substr(semicolon + 1))};
}

KernelLine ParseConsoleLine(std::string_view line) {
  KernelLine parsed;
  line.remove_prefix(WherePrintkBegins(line));
  if (line.size() > 2 && line[0] == '<' && IsDigit(line[1]) && line[2] == '>') {
    parsed.level = line[1] - '0';
    line.remove_prefix(3);
  }
  for (Bracket bracket = BracketAt(line); bracket.length > 0; bracket = BracketAt(line)) {
    if (bracket.seconds) parsed.seconds = bracket.seconds;
    line.remove_prefix(bracket.length);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  }
  parsed.text = OneLine(line);
  return parsed;
}

std::string_view TroubleKind(std::string_view text) {
  if (text.starts_with("Kernel panic - not syncing")) return "panic";
  if (text.starts_with("BUG: K") && Has(text.substr(0, 12), "SAN: ")) return "sanitizer";
  if (text.starts_with("BUG: KFENCE: ") || text.starts_with("UBSAN: ")) return "sanitizer";
  if (Has(text, "soft lockup - CPU#") || Has(text, "Watchdog detected hard LOCKUP"))
    return "lockup";
  if (text.starts_with("BUG: workqueue lockup")) return "lockup";
  if (IsRcuStall(text)) return "rcu_stall";
  if (text.starts_with("INFO: task ") && Has(text, " blocked ")) return "hung_task";
  for (const std::string_view begin : {"WARNING: ", "INFO: ", "BUG: ", "[ BUG: "}) {
    if (text.starts_with(begin) && IsLockdep(text.substr(begin.size()))) return "lockdep";
  }
  if (text.starts_with("WARNING: ")) {
    const std::string_view rest = text.substr(9);
    const bool is_report =
        rest.starts_with("CPU: ") || rest.starts_with("at ") || IsPlaceInSource(rest);
    return is_report ? "warning" : "";
  }
  if (IsOops(text)) return "oops";
  // "BUG: Bad page state", and the slab's "BUG kmalloc-64 (Not tainted): Poison overwritten".
  const bool is_slab = text.starts_with("BUG ") && Has(text, "ainted") && Has(text, "): ");
  if (text.starts_with("BUG: ") || is_slab) return "bug";
  return "";
}

std::string TaintLetters(unsigned long long taint) {
  constexpr std::string_view kLetters = "PFSRMBUDAWCIOELKXTNJ";
  std::string letters;
  for (std::size_t bit = 0; bit < kLetters.size(); ++bit) {
    if ((taint >> bit & 1) != 0) letters += kLetters[bit];
  }
  return letters;
}

}  // namespace pidproof::kernel_log

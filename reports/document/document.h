// The document: what one run found out, as plain data. It knows nothing of the kernel: the runner
// fills it, and everything else in this folder is a pure function of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/document/cell.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {

// The version of the document's shape. It grows with additions only; a change of meaning is a new
// one.
inline constexpr std::string_view kSchema = "pidproof/2";

// What a user may conclude about one feature in one world.
struct Feature {
  std::string world;
  std::string feature;  // an id such as "waitid/p_pidfd"
  std::string since;    // the first mainline release, "5.4"
  Availability availability = Availability::kUnclear;
  std::string errno_name;  // "EBADF", a signal such as "SIGSYS", or empty when the call succeeded
  std::string evidence;    // what was tried, what answered, and how the refuser is known
  // Of what is not present, as far as it is known:
  std::string refused_by = {};  // a word of kRefusers
  std::string confidence = {};  // proven | inferred
  std::string kernel_has = {};  // yes | no | unknown
  std::string fix = {};         // what would make it available
  std::string libc = {};        // the first glibc with its name, "glibc 2.36"; or empty
  bool evaluated = false;       // found by evaluating the world's filter: its call was never made
};

// What is proposed for the kernel and in no release. It is no feature that a host can lack.
struct Proposed {
  std::string feature;  // an id, as a feature's
  std::string what;     // one line
  std::string posted;   // when and where
  Availability availability = Availability::kUnclear;
  std::string evidence;  // what was tried, and what answered
};

// One outcome that a scenario knows, and what observing it means for one path.
struct Claim {
  Path path = Path::kPidfd;
  std::string outcome;  // a word, as in Cell::outcomes
  Expect expect = Expect::kMay;
  std::string reason;       // the reason
  std::string source = {};  // where the reason comes from: a man page, a kernel function
  std::string since = {};   // the first release for which the claim is made, empty for all
  std::string until = {};   // the first release for which it is not made any more, empty for none
  // Of a hazard that is a known kernel bug: its name, and the releases that fixed it.
  std::string bug = {};
  std::string fixed_in = {};
};

struct Scenario {
  std::string name;      // "topic/question"
  std::string question;  // the question, a sentence
  ScenarioKind kind = ScenarioKind::kConformance;
  std::vector<Claim> claims;
};

struct Host {
  std::string release;  // uname -r: shown, never decided on
  std::string machine;  // uname -m
  std::string libc;     // the C library pidproof runs with
  std::uint32_t uid = 0;
  std::string isolation;  // how the trials were isolated: "root", "user namespace" or "none: ..."
  std::optional<std::uint64_t> pid_max;
  std::optional<int> seccomp_mode;  // of this process before any world: 0 none, 1 strict, 2 filter
  std::optional<std::uint64_t> seccomp_filters = {};
  std::optional<std::uint64_t> ptrace_scope = {};
  std::optional<std::uint64_t> pid_levels = {};  // PID namespaces that /proc shows, this one too
  std::optional<bool> no_new_privs = {};
  // Empty where they are not known:
  std::string capabilities = {};  // in effect: "all", "none", or their names
  std::string security_modules = {};
  std::string user_namespace = {};  // "initial" or "inner"
  std::string pid_namespace = {};
  std::string container = {};
  std::string emulator = {};
  std::string kernel_note = {};
  std::string restrictions = {};  // what keeps the stages from what they need, or empty
  std::string hostname = {};      // only when it was asked for
  std::string fingerprint = {};   // equal for hosts on which everything that matters is equal
};

// The facts that are plain text, each with its key in the document and its title for people.
struct HostText {
  const char* key;
  const char* title;
  std::string Host::*text;
};
inline constexpr HostText kHostTexts[] = {
    {"capabilities", "Capabilities", &Host::capabilities},
    {"security_modules", "Security modules", &Host::security_modules},
    {"user_namespace", "User namespace", &Host::user_namespace},
    {"pid_namespace", "Pid namespace", &Host::pid_namespace},
    {"container", "Container", &Host::container},
    {"emulator", "Emulator", &Host::emulator},
    {"kernel_note", "Note on the kernel", &Host::kernel_note},
    {"restrictions", "Restrictions", &Host::restrictions},
    {"hostname", "Host", &Host::hostname},
    {"fingerprint", "Fingerprint", &Host::fingerprint},
};

struct Run {
  std::string started;  // ISO 8601, UTC
  double seconds = 0;
  std::uint64_t seed = 0;
  double slowdown = 1;  // how many times slower than the machine the budgets were made on
  bool interrupted = false;
  std::string notes =
      {};  // what a reader of the worlds must know, such as rules that were not understood
  std::string failure = {};  // what kept a whole part of the run from being done, or empty
  std::string only = {};     // the globs that chose the rows, or empty where all were asked for
  bool conformance_only = false;                // no race was asked for
  std::optional<std::uint64_t> host_pids_used;  // PIDs used in the caller's PID namespace
  // Whose log the kernel's is: "own kernel" where nothing else ran on it, "shared kernel", or
  // "none: " and why it could not be read. Empty where it was not watched.
  std::string kernel_watch = {};
};

// A line by which the kernel reported trouble.
struct KernelLogLine {
  std::optional<double> time = {};          // seconds of the kernel's clock, since its boot
  std::optional<std::uint64_t> level = {};  // 0 to 7
  std::string kind;                         // warning, oops, taint ...: see kKernelTroubles
  std::string text;
};

struct Document {
  std::string schema{kSchema};
  std::string tool;  // "pidproof 0.1.0"
  Run run;
  Host host;
  std::vector<Feature> features;
  std::vector<Scenario> scenarios;
  std::vector<Cell> cells;
  std::vector<Proposed> proposed = {};     // of the kernel as it is
  std::vector<Benchmark> benchmarks = {};  // what it costs, where that was measured
  // What the kernel reported meanwhile; nothing where its log could not be read.
  std::optional<std::vector<KernelLogLine>> kernel_log = {};
};

// Whether it is of pidproof bench: with benchmarks, and neither features nor verdicts.
bool HoldsCostsAlone(const Document& document);

// Whether the kernel reported trouble that no other program can have caused.
bool KernelComplained(const Document& document);

// The document as JSON text, indented, newline at the end; one row of a list to a line.
std::string ToJson(const Document& document);

// Reads what ToJson wrote. Throws std::runtime_error with one line that names the place and the
// fix when the text is not such a document; Unreadable (gaps.h) when it is one that is cut short
// or has another schema.
Document FromJson(std::string_view text);

// Reads documents one after the other. Nearly half of a document are its scenarios, and those of
// one pidproof have the same: they are read once.
class SeriesReader {
 public:
  struct Read {
    Document document;  // without scenarios
    std::shared_ptr<const std::vector<Scenario>> scenarios;
  };
  // Throws as FromJson does.
  Read Next(std::string_view text);

 private:
  std::string section_;  // the text of the scenarios that are known
  std::shared_ptr<const std::vector<Scenario>> known_;
};

// A run's exit status: 1 when anything is violated, else 3 when anything could not be decided
// (hung, crashed, broken, inconclusive, all of it unsupported, a part of the run failed, or a
// kernel that ran nothing else reported trouble: its later results prove little), else 0.
int ExitStatus(const Document& document);

}  // namespace pidproof::reports

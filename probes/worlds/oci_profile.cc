#include "probes/worlds/oci_profile.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>

#include "probes/system/errno_name.h"
#include "probes/system/machine.h"
#include "probes/worlds/oci/policy.h"
#include "probes/worlds/oci/reader.h"
#include "probes/worlds/oci/value.h"

namespace pidproof {

namespace {

constexpr std::uint32_t kMissing = SECCOMP_RET_ERRNO | ENOSYS;

Release RunningKernel() {
  utsname names{};
  uname(&names);
  const Release release = Release::Parse(names.release);
  return {release.major, release.minor};  // minKernel has no more parts
}

// The parser's message without its "[json.exception...] ".
nlohmann::json ParseJson(std::string_view text) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::string words = error.what();
    const std::size_t bracket = words.find("] ");
    const std::string line = words.substr(bracket == std::string::npos ? 0 : bracket + 2);
    throw std::invalid_argument(fmt::format("not valid JSON: {}", line));
  }
}

// A container's whole config.json holds its profile as linux.seccomp.
oci::Value FindProfile(const nlohmann::json& json) {
  const oci::Value whole(json, "");
  const auto container = whole.Find("linux");
  return container ? container->At("seccomp") : whole;
}

// A permissive default lets new calls through to the kernel; for runc, so does one that asks a
// tracer.
bool LetsPass(std::uint32_t action) {
  const std::uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
  return kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG || kind == SECCOMP_RET_TRACE;
}

// Runs before the program: calls of this architecture above the newest answer ENOSYS. Bit 30 marks
// x32 calls on x86-64.
std::vector<sock_filter> NewerMissing(std::uint32_t newest) {
  return {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMachine.audit, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1u << 30, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kMissing),
  };
}

bool Has(const oci::Policy& policy, std::uint32_t kind) {
  const auto is = [&](std::uint32_t action) { return (action & SECCOMP_RET_ACTION_FULL) == kind; };
  return is(policy.default_action) ||
         std::any_of(policy.rules.begin(), policy.rules.end(),
                     [&](const oci::Rule& rule) { return is(rule.action); });
}

// "clone3 (ENOSYS)" for each call that is refused with another errno than EPERM.
std::vector<std::string> OwnErrnos(const oci::Policy& policy) {
  std::vector<std::string> calls;
  const auto add = [&](std::string_view call, std::uint32_t action) {
    const auto error = static_cast<int>(action & SECCOMP_RET_DATA);
    if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || error == EPERM) return;
    std::string text = fmt::format("{} ({})", call, error == 0 ? "0" : ErrnoName(error));
    if (std::find(calls.begin(), calls.end(), text) == calls.end()) calls.push_back(text);
  };
  for (const oci::Rule& rule : policy.rules) {
    if (rule.action != policy.default_action) add(rule.call, rule.action);
  }
  add("all that no rule names", policy.default_action);
  return calls;
}

// For which runtimes the world holds, where others read the profile otherwise. written: the policy
// with the errnos of the profile.
void AddOtherReadings(const oci::Policy& written, const oci::Compiled& compiled,
                      const OciContext& context, std::vector<std::string>& notes) {
  // google/gvisor issue 14688, youki-dev/youki issue 2022 and containers/oci-spec-rs PR 125.
  if (const std::vector<std::string> calls = OwnErrnos(written); !calls.empty()) {
    notes.push_back(
        context.drops_errnos()
            ? fmt::format("as {} reads it, which drops errnoRet: EPERM where runc and crun, and "
                          "youki since oci-spec-rs PR 125, answer: {}",
                          Word(context.runtime), fmt::join(calls, ", "))
            : fmt::format("as runc and crun read it; runsc, and youki before oci-spec-rs PR 125, "
                          "drop errnoRet and answer EPERM to: {}",
                          fmt::join(calls, ", ")));
  }
  // opencontainers/runc issue 1847, PR 3109 and its backport PR 3129.
  if (context.runtime == OciRuntime::kRunc && !compiled.redundant_calls.empty()) {
    notes.push_back(
        fmt::format("as runc reads it since 1.0.2; an older one refuses the profile, since the "
                    "rules of these calls repeat the default action: {}",
                    fmt::join(compiled.redundant_calls, ", ")));
  }
}

std::vector<std::string> Notes(const oci::Policy& policy, const oci::Policy& written,
                               const oci::Compiled& compiled, const OciContext& context) {
  std::vector<std::string> notes;
  if (!compiled.unknown_calls.empty()) {
    notes.push_back(
        fmt::format("{} does not know these calls, so their rules are without effect: {}",
                    compiled.library, fmt::join(compiled.unknown_calls, ", ")));
  }
  if (!compiled.unknown_architectures.empty()) {
    notes.push_back(fmt::format("{} cannot add these architectures: {}", compiled.library,
                                fmt::join(compiled.unknown_architectures, ", ")));
  }
  if (Has(policy, SECCOMP_RET_USER_NOTIF)) {
    notes.push_back("no supervisor listens here: calls under SCMP_ACT_NOTIFY answer ENOSYS");
  }
  if (Has(policy, SECCOMP_RET_TRACE)) {
    notes.push_back("no tracer listens here: calls under SCMP_ACT_TRACE answer ENOSYS");
  }
  AddOtherReadings(written, compiled, context, notes);
  return notes;
}

void CheckLength(const std::vector<sock_filter>& program) {
  if (program.size() > BPF_MAXINSNS) {
    throw std::invalid_argument(
        fmt::format("it compiles to {} instructions, and the kernel takes {}; leave out rules",
                    program.size(), BPF_MAXINSNS));
  }
}

World Load(const std::string& name, std::string_view json, const OciContext& context) {
  const nlohmann::json parsed = ParseJson(json);
  const oci::Policy policy = oci::ReadPolicy(FindProfile(parsed), context);
  OciContext as_written = context;
  as_written.runtime = OciRuntime::kRunc;
  const oci::Policy written = oci::ReadPolicy(FindProfile(parsed), as_written);
  oci::Compiled compiled = oci::Compile(policy);
  const bool by_runc = context.runtime == OciRuntime::kRunc;
  World world;
  world.name = by_runc ? name : fmt::format("{} as {}", name, Word(context.runtime));
  world.what = fmt::format("a seccomp profile with {} capabilities, compiled by {}",
                           context.capabilities.size(), compiled.library);
  world.notes = Notes(policy, written, compiled, context);
  const bool answers_missing = policy.default_action == kMissing || LetsPass(policy.default_action);
  if (by_runc && !answers_missing && compiled.newest_call != 0) {
    world.program = NewerMissing(compiled.newest_call);
    world.notes.push_back(
        fmt::format("as under runc, calls numbered above {}, the newest that the rules name, "
                    "answer ENOSYS; under crun, which adds no such rule, the default action holds",
                    compiled.newest_call));
  } else if (context.runtime == OciRuntime::kCrun && !answers_missing) {
    world.notes.push_back(
        "as crun reads it: runc since 1.0.0-rc93 answers ENOSYS to calls newer than the rules");
  }
  world.program.insert(world.program.end(), compiled.program.begin(), compiled.program.end());
  CheckLength(world.program);
  return world;
}

struct RuntimeName {
  OciRuntime runtime;
  std::string_view word;
};
constexpr RuntimeName kRuntimes[] = {{OciRuntime::kRunc, "runc"},
                                     {OciRuntime::kCrun, "crun"},
                                     {OciRuntime::kRunsc, "runsc"},
                                     {OciRuntime::kYouki, "youki"}};

}  // namespace

std::string_view Word(OciRuntime runtime) {
  return std::ranges::find(kRuntimes, runtime, &RuntimeName::runtime)->word;
}

OciRuntime ParseOciRuntime(std::string_view text) {
  const auto named = std::ranges::find(kRuntimes, text, &RuntimeName::word);
  if (named != std::end(kRuntimes)) return named->runtime;
  throw std::invalid_argument(
      fmt::format("unknown runtime '{}'; use runc, crun, runsc or youki", text));
}

World LoadOciProfile(const std::string& name, std::string_view json, const OciContext& context) {
  OciContext decided = context;
  if (decided.kernel == Release{}) decided.kernel = RunningKernel();
  try {
    return Load(name, json, decided);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("seccomp profile '{}': {}", name, error.what()));
  }
}

}  // namespace pidproof

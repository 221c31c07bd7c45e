#include "probes/worlds/oci/reader.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "probes/system/errno_name.h"
#include "probes/system/machine.h"

namespace pidproof::oci {

namespace {

struct Action {
  std::string_view name;
  std::uint32_t code;
  std::uint32_t highest = 0;  // of the action's data: an errno (MAX_ERRNO), or a tracer's
};
constexpr Action kActions[] = {
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
    {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, 4095},
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
    {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
    {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, 0xffff},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
};

struct Operator {
  std::string_view name;
  Compare compare;
};
constexpr Operator kOperators[] = {
    {"SCMP_CMP_EQ", Compare::kEqual},    {"SCMP_CMP_GE", Compare::kGreaterOrEqual},
    {"SCMP_CMP_GT", Compare::kGreater},  {"SCMP_CMP_LE", Compare::kLessOrEqual},
    {"SCMP_CMP_LT", Compare::kLess},     {"SCMP_CMP_MASKED_EQ", Compare::kMaskedEqual},
    {"SCMP_CMP_NE", Compare::kNotEqual},
};

// The row of that name, or an error that lists them all.
template <typename Row, std::size_t n>
const Row& Named(const Row (&rows)[n], const Value& value, std::string_view kind) {
  const std::string name = value.Text();
  const auto at = std::find_if(std::begin(rows), std::end(rows),
                               [&](const Row& row) { return row.name == name; });
  if (at != std::end(rows)) return *at;
  std::vector<std::string_view> names;
  for (const Row& row : rows) names.push_back(row.name);
  value.Complain(fmt::format("is not a known {}; use one of: {}", kind, fmt::join(names, ", ")));
}

// Podman's profiles give the errno by name as well as by number; the name, which may be digits,
// counts.
std::uint32_t NamedErrno(const Value& value) {
  const std::string name = value.Text();
  std::uint32_t number = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end && number <= 4095) return number;
  const int error = ErrnoOf(name);
  if (error == 0) value.Complain("is not an errno; use one such as \"EPERM\"");
  return static_cast<std::uint32_t>(error);
}

// The keys of one action: of a rule, or the default's.
struct ActionKeys {
  std::string_view action, errno_name, errno_number;
};
constexpr ActionKeys kRuleKeys{"action", "errno", "errnoRet"};
constexpr ActionKeys kDefaultKeys{"defaultAction", "defaultErrno", "defaultErrnoRet"};

std::uint32_t ReadAction(const Value& holder, const ActionKeys& keys, const OciContext& context) {
  const Action& action = Named(kActions, holder.At(keys.action), "action");
  std::uint32_t data = EPERM;
  if (const auto number = holder.Find(keys.errno_number)) {
    data = static_cast<std::uint32_t>(number->Number(0xffff));
    if (action.highest != 0) number->Number(action.highest);
  }
  const auto name = holder.Find(keys.errno_name);
  if (name && !name->Text().empty()) data = NamedErrno(*name);
  if (context.drops_errnos()) data = EPERM;
  return action.highest == 0 ? action.code : action.code | data;
}

// minKernel, as "4.8".
bool IsReached(const Value& release, Release kernel) {
  const Release wanted = Release::Parse(release.Text());
  if (wanted == Release{}) release.Complain("is not a kernel release; write one such as \"4.8\"");
  return kernel >= wanted;
}

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// All capabilities and one of the architectures must be there.
bool IsIncluded(const Value& conditions, const OciContext& context) {
  for (const std::string& capability : conditions.TextsAt("caps")) {
    if (!context.capabilities.contains(capability)) return false;
  }
  const std::vector<std::string> machines = conditions.TextsAt("arches");
  if (!machines.empty() && !Contains(machines, kMachine.go)) return false;
  const auto release = conditions.Find("minKernel");
  return !release || IsReached(*release, context.kernel);
}

bool IsExcluded(const Value& conditions, const OciContext& context) {
  for (const std::string& capability : conditions.TextsAt("caps")) {
    if (context.capabilities.contains(capability)) return true;
  }
  if (Contains(conditions.TextsAt("arches"), kMachine.go)) return true;
  const auto release = conditions.Find("minKernel");
  return release && IsReached(*release, context.kernel);
}

bool Applies(const Value& rule, const OciContext& context) {
  const auto includes = rule.Find("includes");
  const auto excludes = rule.Find("excludes");
  return (!includes || IsIncluded(*includes, context)) &&
         (!excludes || !IsExcluded(*excludes, context));
}

Condition ReadCondition(const Value& argument) {
  constexpr std::uint64_t kLastArgument = 5;
  constexpr std::uint64_t kHighest = ~std::uint64_t{0};
  Condition condition;
  condition.argument = static_cast<unsigned>(argument.At("index").Number(kLastArgument));
  condition.compare = Named(kOperators, argument.At("op"), "comparison").compare;
  condition.value = argument.At("value").Number(kHighest);
  if (const auto two = argument.Find("valueTwo")) condition.value_two = two->Number(kHighest);
  return condition;
}

// A rule of the profile becomes one rule for each name. "name" is the older form.
void ReadRule(const Value& rule, const OciContext& context, Policy& policy) {
  const std::uint32_t action = ReadAction(rule, kRuleKeys, context);
  std::vector<Condition> conditions;
  for (const Value& argument : rule.ItemsAt("args")) conditions.push_back(ReadCondition(argument));
  std::vector<std::string> names;
  for (const Value& name : rule.ItemsAt("names")) {
    if (name.Text().empty()) name.Complain("is not a call; name one");
    names.push_back(name.Text());
  }
  if (const auto name = rule.Find("name"); name && !name->Text().empty()) {
    names.push_back(name->Text());
  }
  if (names.empty()) rule.Complain("names no call; add \"names\": [\"...\"]");
  if (!Applies(rule, context)) return;
  for (const std::string& name : names) {
    policy.rules.push_back({name, action, conditions, rule.place()});
  }
}

void ReadArchitectures(const Value& profile, Policy& policy) {
  policy.architectures = profile.TextsAt("architectures");
  const std::vector<Value> map = profile.ItemsAt("archMap");
  if (!policy.architectures.empty() && !map.empty()) {
    profile.Complain("has both architectures and archMap; leave one");
  }
  for (const Value& entry : map) {
    const std::vector<std::string> others = entry.TextsAt("subArchitectures");
    if (entry.At("architecture").Text() == kMachine.scmp) policy.architectures = others;
  }
}

}  // namespace

Policy ReadPolicy(const Value& profile, const OciContext& context) {
  Policy policy;
  policy.default_action = ReadAction(profile, kDefaultKeys, context);
  if (policy.default_action == SECCOMP_RET_USER_NOTIF) {
    profile.At("defaultAction").Complain("cannot be the default; write SCMP_ACT_ERRNO");
  }
  ReadArchitectures(profile, policy);
  for (const Value& rule : profile.ItemsAt("syscalls")) ReadRule(rule, context, policy);
  return policy;
}

}  // namespace pidproof::oci

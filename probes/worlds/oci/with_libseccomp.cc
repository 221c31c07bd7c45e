#include <errno.h>
#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "probes/system/errno_name.h"
#include "probes/system/fd.h"
#include "probes/worlds/oci/policy.h"

namespace pidproof::oci {

namespace {

static_assert(static_cast<int>(Compare::kNotEqual) == SCMP_CMP_NE);
static_assert(static_cast<int>(Compare::kLess) == SCMP_CMP_LT);
static_assert(static_cast<int>(Compare::kLessOrEqual) == SCMP_CMP_LE);
static_assert(static_cast<int>(Compare::kEqual) == SCMP_CMP_EQ);
static_assert(static_cast<int>(Compare::kGreaterOrEqual) == SCMP_CMP_GE);
static_assert(static_cast<int>(Compare::kGreater) == SCMP_CMP_GT);
static_assert(static_cast<int>(Compare::kMaskedEqual) == SCMP_CMP_MASKED_EQ);

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

// The API level is set and not probed, so that the program does not depend on the kernel, and no
// call is made for which a filter might kill.
Filter NewFilter(std::uint32_t default_action) {
  constexpr unsigned kWithUserNotification = 5;
  seccomp_api_set(kWithUserNotification);
  Filter filter(seccomp_init(default_action), &seccomp_release);
  if (filter == nullptr) {
    throw std::invalid_argument("defaultAction is none that libseccomp can compile");
  }
  return filter;
}

void AddUnlessListed(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

// libseccomp spells SCMP_ARCH_X86_64 "x86_64".
std::uint32_t ArchitectureOf(std::string_view name) {
  name.remove_prefix(std::min(name.size(), std::string_view("SCMP_ARCH_").size()));
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return seccomp_arch_resolve_name(lower.c_str());
}

void AddArchitectures(const Filter& filter, const Policy& policy, Compiled& compiled) {
  for (const std::string& name : policy.architectures) {
    const std::uint32_t token = ArchitectureOf(name);
    const int added = token == 0 ? -EINVAL : seccomp_arch_add(filter.get(), token);
    if (added != 0 && added != -EEXIST) AddUnlessListed(compiled.unknown_architectures, name);
  }
}

void AddRule(const Filter& filter, const Rule& rule, int number,
             const std::vector<scmp_arg_cmp>& conditions) {
  const int added = seccomp_rule_add_array(filter.get(), rule.action, number,
                                           static_cast<unsigned>(conditions.size()),
                                           conditions.empty() ? nullptr : conditions.data());
  if (added != 0 && added != -EEXIST) {
    throw std::invalid_argument(fmt::format("{} '{}': libseccomp cannot compile this rule ({})",
                                            rule.place, rule.call, ErrnoName(-added)));
  }
}

// For runc, two comparisons of one argument are alternatives: a rule each.
void AddRules(const Filter& filter, const Rule& rule, int number) {
  std::vector<scmp_arg_cmp> conditions;
  bool alternatives = false;
  for (const Condition& condition : rule.conditions) {
    alternatives |= std::any_of(conditions.begin(), conditions.end(),
                                [&](const auto& other) { return other.arg == condition.argument; });
    conditions.push_back({condition.argument, static_cast<scmp_compare>(condition.compare),
                          condition.value, condition.value_two});
  }
  if (!alternatives) return AddRule(filter, rule, number, conditions);
  for (const scmp_arg_cmp& condition : conditions) AddRule(filter, rule, number, {condition});
}

// Calls of other architectures have negative numbers, which this program cannot make.
void AddAllRules(const Filter& filter, const Policy& policy, Compiled& compiled) {
  for (const Rule& rule : policy.rules) {
    const int number = seccomp_syscall_resolve_name(rule.call.c_str());
    if (number == __NR_SCMP_ERROR) {
      if (rule.action != policy.default_action) AddUnlessListed(compiled.unknown_calls, rule.call);
      continue;
    }
    if (number > 0) {
      compiled.newest_call = std::max(compiled.newest_call, static_cast<std::uint32_t>(number));
    }
    if (rule.action == policy.default_action) {
      AddUnlessListed(compiled.redundant_calls, rule.call);
    } else {
      AddRules(filter, rule, number);
    }
  }
}

std::vector<sock_filter> Export(const Filter& filter) {
  const Fd file(memfd_create("seccomp", MFD_CLOEXEC));
  const int exported = seccomp_export_bpf(filter.get(), file.get());
  const off_t size = exported == 0 ? lseek(file.get(), 0, SEEK_END) : 0;
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (size <= 0 || pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size) {
    throw std::runtime_error(
        fmt::format("libseccomp's program cannot be exported ({})", ErrnoName(-exported)));
  }
  return program;
}

}  // namespace

Compiled Compile(const Policy& policy) {
  const scmp_version& version = *seccomp_version();
  Compiled compiled;
  compiled.library =
      fmt::format("libseccomp {}.{}.{}", version.major, version.minor, version.micro);
  const Filter filter = NewFilter(policy.default_action);
  AddArchitectures(filter, policy, compiled);
  AddAllRules(filter, policy, compiled);
  compiled.program = Export(filter);
  return compiled;
}

std::string NameOfCall(long number) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number)), &std::free);
  return name == nullptr ? "" : name.get();
}

}  // namespace pidproof::oci

#include "probes/refusal/kernel_evidence.h"

#include <errno.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "probes/refusal/attribution.h"
#include "probes/refusal/fix.h"

namespace pidproof::refusal {

namespace {

constexpr std::string_view kSeccomp = "seccomp";
constexpr std::string_view kKernel = "kernel";

// The symbol of a call carries the architecture's prefix. A call that the kernel was built without
// has a weak symbol of the same name.
std::map<std::string, Symbol> ReadSymbols() {
  std::map<std::string, Symbol> symbols;
  std::ifstream list("/proc/kallsyms");
  for (std::string line; std::getline(list, line);) {
    const std::size_t at = line.find("_sys_");
    const std::size_t type = line.find(' ');
    if (at == std::string::npos || type + 1 >= line.size()) continue;
    const bool weak = line[type + 1] == 'W' || line[type + 1] == 'w';
    Symbol& symbol = symbols[line.substr(at + 5, line.find_first_of(" \t", at) - at - 5)];
    if (symbol != Symbol::kBuiltIn) symbol = weak ? Symbol::kStub : Symbol::kBuiltIn;
  }
  return symbols;
}

bool IsWholeCall(const Probe& probe) { return probe.name.find('/') == std::string_view::npos; }

// Kernels can be built without these, or without their support for pidfds (CONFIG_FANOTIFY,
// _FHANDLE, _IO_URING, _ADVISE_SYSCALLS, _*_NS, _CGROUPS, _COREDUMP).
bool DependsOnConfiguration(const Probe& probe) {
  constexpr std::string_view kOptionalCalls[] = {
      "fanotify_init",   "io_uring_setup",    "fgetxattr", "name_to_handle_at",
      "process_madvise", "open_by_handle_at", "ioctl"};
  constexpr std::string_view kOptional[] = {"clone3/into_cgroup"};
  return std::ranges::find(kOptional, probe.name) != std::end(kOptional) ||
         std::ranges::any_of(probe.calls, [&](std::string_view call) {
           return std::ranges::find(kOptionalCalls, SyscallOf(call)) != std::end(kOptionalCalls);
         });
}

bool IsPresent(const Finding& finding) { return finding.availability == Availability::kPresent; }

const Finding* FindPresent(const std::vector<Finding>& findings, std::string_view name) {
  const auto at = std::ranges::find_if(findings, [&](const Finding& finding) {
    return finding.probe->name == name && IsPresent(finding);
  });
  return at == findings.end() ? nullptr : &*at;
}

// A present row of the same calls, of this release or a later one.
const Finding* PresentSibling(const Probe& probe, const std::vector<Finding>& findings,
                              Release since) {
  if (probe.calls.empty()) return nullptr;
  const auto at = std::ranges::find_if(findings, [&](const Finding& finding) {
    return finding.probe != &probe && finding.probe->calls == probe.calls && IsPresent(finding) &&
           finding.probe->since >= since;
  });
  return at == findings.end() ? nullptr : &*at;
}

// fs/pidfs.c (6.9) was split from kernel/fork.c and contains all that pidfds could do by 5.10.
Evidence ByPidfs(const Probe& probe, const std::vector<Finding>& findings) {
  constexpr Release kRestsOn{5, 10};
  if (probe.since > kRestsOn || DependsOnConfiguration(probe)) return {};
  const Finding* pidfs = FindPresent(findings, "pidfs");
  if (pidfs == nullptr) return {};
  return {Evidence::kHas, "pidfs is present, which came later and rests on it"};
}

Evidence BySymbols(const Probe& probe, const Circumstances& circumstances) {
  if (circumstances.symbol == nullptr || probe.calls.empty()) return {};
  for (const std::string_view call : probe.calls) {
    switch (circumstances.symbol(call)) {
      case Symbol::kUnreadable:
        return {};
      case Symbol::kMissing:
        return {Evidence::kLacks, "the kernel's symbols do not name the call"};
      case Symbol::kStub:
        return {Evidence::kLacks, "the kernel's symbols show that it is built without the call"};
      case Symbol::kBuiltIn:
        break;
    }
  }
  return {Evidence::kHas, "the kernel's symbols name the call"};
}

Evidence ByRelease(const Probe& probe, Release since, const Circumstances& circumstances) {
  if (circumstances.kernel == Release{} || circumstances.kernel < since) return {};
  if (DependsOnConfiguration(probe)) return {};
  return {Evidence::kHas, fmt::format("Linux {} has it", circumstances.kernel.Text())};
}

// Of the call itself: that of the earliest row that uses it.
Release FirstRelease(const Probe& probe, const std::vector<Finding>& findings) {
  Release first = probe.since;
  for (const Finding& finding : findings) {
    if (!probe.calls.empty() && finding.probe->calls == probe.calls)
      first = std::min(first, finding.probe->since);
  }
  return first;
}

void Set(Finding& finding, Availability availability, std::string_view by,
         std::string_view kernel_has, std::string fix, std::string_view evidence) {
  finding.availability = availability;
  finding.refused_by = by;
  finding.confidence = by.empty() ? "" : "inferred";
  finding.kernel_has = kernel_has;
  finding.fix = std::move(fix);
  if (!evidence.empty()) finding.evidence += fmt::format("; {}", evidence);
}

void SetFiltered(Finding& finding, bool has, const Circumstances& circumstances,
                 std::string_view why) {
  const Probe& probe = *finding.probe;
  Set(finding, Availability::kFiltered, kSeccomp, has ? "yes" : "unknown",
      has ? FixOfFilter(probe, finding.saw) : FixOfFilter(probe, finding.saw, circumstances), why);
}

void SetAbsent(Finding& finding, const Circumstances& circumstances, std::string_view why) {
  Set(finding, Availability::kAbsent, kKernel, "no", FixOfKernel(*finding.probe, circumstances),
      why);
}

void SetUnclear(Finding& finding, std::string_view why) {
  Set(finding, Availability::kUnclear, "", "unknown", "", why);
}

// ENOSYS: the call itself is missing.
void SettleNoCall(Finding& finding, const Evidence& call, const Evidence& feature,
                  const Circumstances& circumstances) {
  if (call.says == Evidence::kHas) {
    return SetFiltered(finding, feature.says == Evidence::kHas, circumstances, call.why);
  }
  if (call.says == Evidence::kLacks) return SetAbsent(finding, circumstances, call.why);
  SetUnclear(finding, "nothing shows whether the kernel has the call");
}

// The answer of a kernel that has the call but not the feature.
void SettleVariant(Finding& finding, const Evidence& feature, const Circumstances& circumstances) {
  const bool no_effect = finding.answer == Answer::kNoEffect;
  if (feature.says == Evidence::kHas && !no_effect) {
    return SetFiltered(finding, true, circumstances, feature.why);
  }
  if (feature.says != Evidence::kHas && IsOlderThan(circumstances, *finding.probe)) {
    return SetAbsent(finding, circumstances,
                     fmt::format("Linux {} would answer so", circumstances.kernel.Text()));
  }
  SetUnclear(finding, feature.why);
}

// A refusal that the kernel itself might give to this caller. Where all rows of the call have the
// same answer, the call itself is refused.
bool AllRefused(const Finding& finding, const std::vector<Finding>& findings) {
  bool whole_call = false;
  for (const Finding& other : findings) {
    if (other.probe->calls != finding.probe->calls) continue;
    if (other.answer != finding.answer) return false;
    whole_call |= IsWholeCall(*other.probe) && !Holds(other.probe->denied, other.answer);
  }
  return whole_call;
}

void Settle(Finding& finding, const std::vector<Finding>& findings,
            const Circumstances& circumstances) {
  const Evidence call = EvidenceOfCall(*finding.probe, findings, circumstances);
  const Evidence feature = EvidenceOfFeature(*finding.probe, findings, circumstances);
  if (finding.availability == Availability::kDenied) {
    if (!AllRefused(finding, findings)) return;
    return SetFiltered(finding, feature.says == Evidence::kHas, circumstances,
                       "the call is refused whatever it is asked for");
  }
  if (finding.answer == ENOSYS) return SettleNoCall(finding, call, feature, circumstances);
  SettleVariant(finding, feature, circumstances);
}

}  // namespace

std::string_view SyscallOf(std::string_view call) {
  return call.starts_with("ioctl_") ? "ioctl" : call.substr(0, call.find('/'));
}

Symbol SymbolOf(std::string_view call) {
  static const std::map<std::string, Symbol> symbols = ReadSymbols();
  if (symbols.count("getpid") == 0) return Symbol::kUnreadable;
  const auto at = symbols.find(std::string(SyscallOf(call)));
  return at == symbols.end() ? Symbol::kMissing : at->second;
}

Evidence EvidenceOfCall(const Probe& probe, const std::vector<Finding>& findings,
                        const Circumstances& circumstances) {
  const Evidence symbols = BySymbols(probe, circumstances);
  if (symbols.says != Evidence::kNothing) return symbols;
  if (const Finding* sibling = PresentSibling(probe, findings, {})) {
    return {Evidence::kHas, fmt::format("{} is present", sibling->probe->name)};
  }
  const Evidence pidfs = ByPidfs(probe, findings);
  if (pidfs.says != Evidence::kNothing) return pidfs;
  return ByRelease(probe, FirstRelease(probe, findings), circumstances);
}

Evidence EvidenceOfFeature(const Probe& probe, const std::vector<Finding>& findings,
                           const Circumstances& circumstances) {
  const Evidence symbols = BySymbols(probe, circumstances);
  // The symbol proves the call, not its variants.
  if (symbols.says == Evidence::kLacks || (IsWholeCall(probe) && symbols.says == Evidence::kHas)) {
    return symbols;
  }
  if (const Finding* sibling = PresentSibling(probe, findings, probe.since)) {
    return {Evidence::kHas, fmt::format("{} is present, which is no older", sibling->probe->name)};
  }
  const Evidence pidfs = ByPidfs(probe, findings);
  if (pidfs.says != Evidence::kNothing) return pidfs;
  return ByRelease(probe, probe.since, circumstances);
}

bool IsOlderThan(const Circumstances& circumstances, const Probe& probe) {
  return circumstances.kernel != Release{} && circumstances.kernel < probe.since;
}

void Corroborate(std::vector<Finding>& findings, const Circumstances& circumstances) {
  const std::vector<Finding> seen = findings;
  for (Finding& finding : findings) {
    if (finding.unasked) Settle(finding, seen, circumstances);
  }
}

void CompareWithNative(const std::vector<Finding>& native, std::vector<Finding>& findings) {
  for (Finding& finding : findings) {
    if (IsPresent(finding) || finding.kernel_has == "yes") continue;
    const auto at = std::ranges::find(native, finding.probe, &Finding::probe);
    if (at == native.end()) continue;
    const bool lacked = at->kernel_has == "no" && at->confidence == "proven";
    if (finding.unasked && IsPresent(*at)) {
      SetFiltered(finding, true, {}, "the same kernel has it where this world's filter is not");
    } else if (finding.unasked && lacked) {
      Set(finding, Availability::kAbsent, at->refused_by, "no", at->fix,
          "the kernel itself lacks it, as seen without this world's filter");
    } else if (IsPresent(*at) && finding.kernel_has == "unknown") {
      finding.kernel_has = "yes";
    }
  }
}

}  // namespace pidproof::refusal

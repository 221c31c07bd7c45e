#include "probes/refusal/attribution.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/capability.h>

#include <algorithm>

#include "probes/probe_target.h"
#include "probes/refusal/fix.h"
#include "probes/system/deadline.h"
#include "probes/system/errno_name.h"
#include "probes/system/host.h"

namespace pidproof::refusal {

namespace {

constexpr std::string_view kProven = "proven";
constexpr std::string_view kInferred = "inferred";
constexpr char kNotReached[] =
    "Our notify-only filter was not reached: an earlier filter refuses the call";
constexpr char kPolicy[] =
    "a security module's policy that allows it (SELinux, AppArmor), or no such scope (Landlock)";

bool Refused(const Finding& finding) {
  return finding.availability != Availability::kPresent && !finding.saw.empty();
}

// A feature whose proof is an errno, which a filter can answer, too.
bool ShowsByErrno(const Finding& finding) {
  return finding.availability == Availability::kPresent && finding.answer > 0;
}

void Put(Finding& finding, std::string_view by, std::string_view confidence,
         std::string_view kernel_has, std::string fix, std::string_view evidence) {
  finding.refused_by = by;
  finding.confidence = confidence;
  finding.kernel_has = kernel_has;
  finding.fix = std::move(fix);
  finding.evidence += fmt::format(". {}", evidence);
}

// A filter is in front of the kernel. The kernel's own answer is known only if it was reached, or
// by other evidence.
void BySeccomp(Finding& finding, std::string_view confidence, bool reached,
               const Circumstances& circumstances, std::string_view evidence) {
  finding.availability = Availability::kFiltered;
  const Evidence has = EvidenceOfFeature(*finding.probe, {}, circumstances);
  const bool known = !reached && has.says != Evidence::kNothing;
  const bool lacks = known && has.says == Evidence::kLacks;
  const Probe& probe = *finding.probe;
  const std::string fix = reached || known ? FixOfFilter(probe, finding.saw)
                                           : FixOfFilter(probe, finding.saw, circumstances);
  Put(finding, "seccomp", confidence,
      lacks              ? "no"
      : reached || known ? "yes"
                         : "unknown",
      lacks ? fmt::format("{}, and {}", FixOfKernel(probe, circumstances), fix) : fix,
      fmt::format("{}{}", evidence, known ? "; " + has.why : ""));
}

void ByKernel(Finding& finding, std::string_view confidence, const Circumstances& circumstances,
              std::string_view evidence) {
  finding.availability = Availability::kAbsent;
  if (!circumstances.emulator.empty()) {
    return Put(finding, "emulator", kInferred, "no",
               fmt::format("a release of {} that knows it", circumstances.emulator), evidence);
  }
  Put(finding, "kernel", confidence, "no", FixOfKernel(*finding.probe, circumstances), evidence);
}

// The attempt itself has found out who refuses.
void ByItsOwnAccount(Finding& finding, const Attempted& plain) {
  const bool tried = plain.number != Answer::kNotTried;
  if (tried && finding.availability != Availability::kAbsent) {
    finding.availability = Availability::kDenied;
  }
  finding.refused_by = plain.refused_by;
  finding.confidence = kInferred;
  // A sysctl refuses before any argument is checked.
  const bool reached = tried && plain.refused_by != "sysctl" && plain.refused_by != "libc";
  finding.kernel_has = reached ? "yes" : "unknown";
  finding.fix = plain.fix;
}

bool Has(const Circumstances& circumstances, int capability) {
  return circumstances.has_capability != nullptr && circumstances.has_capability(capability);
}

// The kernel was reached and refused this caller.
void ByRight(Finding& finding, const Circumstances& circumstances, std::string_view evidence) {
  const Probe& probe = *finding.probe;
  finding.availability = Availability::kDenied;
  if (probe.capability == Probe::kNoCapability) {
    return Put(finding, "lsm", kInferred, "yes", kPolicy,
               fmt::format("{}; the kernel itself asks for no right here", evidence));
  }
  const bool has = Has(circumstances, probe.capability);
  const std::string name = CapabilityName(probe.capability);
  Put(finding, has ? "namespace" : "capability", kInferred, "yes",
      has ? fmt::format("{} in the namespace that owns it, not only in this one", name) : name,
      evidence);
}

bool IsOfLimits(int error) {
  return error == EMFILE || error == ENFILE || error == ENOSPC || error == EAGAIN ||
         error == ENOMEM || error == EUSERS || error == EDQUOT;
}

void ByLimit(Finding& finding, int error, std::string_view evidence) {
  finding.availability = Availability::kDenied;
  Put(finding, "limit", kInferred, "yes", FixOfLimit(error), evidence);
}

// Yama refuses trace permission that the kernel's own rules grant (Documentation/admin-guide/LSM/
// Yama.rst). It is proven when the target's consent changes the answer.
void ByYama(Finding& finding, std::string_view confidence, const Circumstances& circumstances,
            std::string_view evidence) {
  finding.availability = Availability::kDenied;
  const std::string scope =
      circumstances.ptrace_scope
          ? fmt::format("kernel.yama.ptrace_scope is {}", *circumstances.ptrace_scope)
          : "kernel.yama.ptrace_scope cannot be read";
  Put(finding, "yama", confidence, "yes",
      "kernel.yama.ptrace_scope=0, CAP_SYS_PTRACE, or PR_SET_PTRACER in the target",
      fmt::format("{}; {}", evidence, scope));
}

// The kernel's answer, once it was reached.
void ByItsAnswer(Finding& finding, const Attempted& plain, std::string_view confidence,
                 const Circumstances& circumstances, std::string_view evidence) {
  const Probe& probe = *finding.probe;
  const int error = plain.number;
  if (plain.by_yama) {
    return ByYama(finding, kProven, circumstances,
                  fmt::format("{}; with PR_SET_PTRACER in the target it is granted", evidence));
  }
  if (!plain.refused_by.empty()) return ByItsOwnAccount(finding, plain);
  if (IsOfLimits(error) && !Holds(probe.absent, error)) return ByLimit(finding, error, evidence);
  if (Holds(probe.absent, error) || error == ENOSYS)
    return ByKernel(finding, confidence, circumstances, evidence);
  if (error == EPERM && probe.capability == CAP_SYS_PTRACE && !Has(circumstances, CAP_SYS_PTRACE) &&
      circumstances.ptrace_scope.value_or(0) > 1) {
    return ByYama(finding, kInferred, circumstances, evidence);
  }
  if (Holds(probe.denied, error) || error == EPERM || error == EACCES) {
    return ByRight(finding, circumstances, evidence);
  }
  finding.availability = Availability::kUnclear;
}

bool IsLack(const Probe& probe, int error) {
  return Holds(probe.absent, error) || error == ENOSYS || error == Answer::kNoEffect;
}

// The kernel cannot be asked past a filter. What one answer settles is settled here, the rest once
// all findings are there (Corroborate).
void ByItself(Finding& finding, const Attempted& plain, const Circumstances& circumstances,
              const std::string& unable) {
  if (!circumstances.emulator.empty()) return ByKernel(finding, kInferred, circumstances, unable);
  if (!plain.refused_by.empty()) {
    finding.evidence += fmt::format(". {}", unable);
    return ByItsOwnAccount(finding, plain);
  }
  if (!plain.before_kernel && IsLack(*finding.probe, plain.number)) {
    finding.unasked = true;
    finding.evidence += fmt::format(". {}", unable);
    return;
  }
  if (plain.before_kernel || finding.availability == Availability::kFiltered) {
    return BySeccomp(finding, kInferred, false, circumstances, unable);
  }
  ByItsAnswer(finding, plain, kInferred, circumstances, unable);
  finding.unasked = finding.availability == Availability::kDenied;
}

// A row whose answer does not depend on a refusable call.
void WithoutCalls(Finding& finding, const Attempted& plain, const Circumstances& circumstances) {
  if (finding.availability == Availability::kAbsent && plain.number > 0 &&
      circumstances.seccomp_mode != 0 && circumstances.emulator.empty()) {
    finding.unasked = true;  // a filter can answer any errno
    return;
  }
  if (finding.availability == Availability::kAbsent) {
    return ByKernel(finding, plain.number == Answer::kNoEffect ? kProven : kInferred, circumstances,
                    "No filter is installed, or none can answer so");
  }
  if (finding.availability == Availability::kUnclear) return;
  if (plain.number == ENOSYS && circumstances.seccomp_mode == 0) {
    return ByKernel(finding, kProven, circumstances, "No filter is installed");
  }
  if (finding.availability == Availability::kFiltered && circumstances.seccomp_mode != 0) {
    return Put(finding, "seccomp", kInferred, "unknown",
               FixOfFilter(*finding.probe, finding.saw, circumstances),
               "It cannot be asked whether a filter did");
  }
  ByRight(finding, circumstances, "It was refused in a way that no policy of calls explains");
}

// SIGSYS comes from a filter, unless a process sent it on purpose.
void BySignal(Finding& finding, const Circumstances& circumstances) {
  if (finding.saw != "SIGSYS") return;
  if (circumstances.seccomp_mode == 0) {
    finding.availability = Availability::kUnclear;
    finding.evidence += ". Yet no filter is installed";
    return;
  }
  BySeccomp(finding, kProven, false, circumstances, "SIGSYS comes from a filter only");
}

}  // namespace

Circumstances ReadCircumstances() {
  const std::string emulator = Emulator();
  return {.seccomp_mode = SeccompMode().value_or(-1),
          .emulator = emulator,
          .symbol = emulator.empty() ? SymbolOf : nullptr,
          .has_capability = IsCapable,
          .ptrace_scope = PtraceScope(),
          .kernel = emulator.empty() ? KernelRelease() : Release{}};
}

bool NeedsAsking(const Finding& finding, const Circumstances& circumstances) {
  return (Refused(finding) || ShowsByErrno(finding)) && circumstances.seccomp_mode != 0 &&
         !finding.probe->calls.empty() && finding.saw != "SIGSYS";
}

void AttributeRefusal(Finding& finding, const Attempted& plain, const SeccompReach& asked,
                      const Circumstances& circumstances) {
  if (finding.availability == Availability::kPresent) {
    if (asked.how != SeccompReach::kUnable && !asked.notified && ShowsByErrno(finding)) {
      BySeccomp(finding, kProven, false, circumstances, kNotReached);
    }
    return;
  }
  finding.kernel_has = "unknown";
  if (plain.number == Answer::kNotTried && !plain.refused_by.empty()) {
    return ByItsOwnAccount(finding, plain);
  }
  if (!Refused(finding)) return;
  if (plain.how == Attempted::kSignalled) return BySignal(finding, circumstances);
  if (finding.probe->calls.empty()) {
    if (!plain.refused_by.empty()) return ByItsOwnAccount(finding, plain);
    return WithoutCalls(finding, plain, circumstances);
  }
  if (circumstances.seccomp_mode == 0) {
    return ByItsAnswer(finding, plain, kProven, circumstances, "No filter is installed");
  }
  if (asked.how == SeccompReach::kUnable) {
    return ByItself(finding, plain, circumstances,
                    fmt::format("It cannot be asked whether a filter did ({})", asked.why));
  }
  if (!asked.notified) {
    return BySeccomp(finding, kProven, false, circumstances, kNotReached);
  }
  if (asked.answer && asked.answer->number != plain.number) {
    return BySeccomp(finding, kProven, Holds(finding.probe->present, asked.answer->number),
                     circumstances,
                     fmt::format("Let through to the kernel the call answered {}",
                                 ErrnoName(asked.answer->number)));
  }
  ByItsAnswer(finding, plain, kProven, circumstances,
              "Our notify-only filter was reached: no other filter refuses the call");
}

std::vector<Finding> ProbeAll(double slowdown, const std::vector<const Probe*>& probes,
                              const CpuBudget& budget) {
  const std::chrono::milliseconds deadline = DeadlineOn(slowdown, std::chrono::seconds(5));
  const Circumstances circumstances = ReadCircumstances();
  ProbeTarget::Prepare();
  const std::vector<Attempted> attempted = AttemptEach(probes, deadline, budget);
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    Finding finding = Conclude(*probes[i], attempted[i]);
    SeccompReach asked{.how = SeccompReach::kUnable, .why = std::string(kCpuUsedUp)};
    if (NeedsAsking(finding, circumstances) && !budget.IsUsedUp())
      asked = Ask(*probes[i], deadline);
    AttributeRefusal(finding, attempted[i], asked, circumstances);
    findings.push_back(std::move(finding));
  }
  Corroborate(findings, circumstances);
  return findings;
}

}  // namespace pidproof::refusal

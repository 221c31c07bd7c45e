#include "probes/attribute.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "probes/errno_name.h"
#include "probes/host.h"
#include "probes/subject.h"
#include "probes/sys.h"

namespace pidproof {

namespace {

constexpr std::string_view kProven = "proven";
constexpr std::string_view kInferred = "inferred";

// Names without addresses are readable to everybody; the symbol of a call carries the
// architecture's prefix.
const std::set<std::string>& KernelCalls() {
  static const std::set<std::string> calls = [] {
    std::set<std::string> names;
    std::ifstream symbols("/proc/kallsyms");
    for (std::string line; std::getline(symbols, line);) {
      const std::size_t at = line.find("_sys_");
      if (at != std::string::npos)
        names.insert(line.substr(at + 5, line.find_first_of(" \t", at) - at - 5));
    }
    return names;
  }();
  return calls;
}

bool KernelKnows(std::string_view call) { return KernelCalls().count(std::string(call)) != 0; }

bool HasCapability(int capability) { return sys::HasCapability(capability); }

bool Refused(const Finding& finding) {
  return finding.availability != Availability::kPresent && !finding.saw.empty();
}

bool Holds(const std::vector<int>& errors, int error) {
  return std::find(errors.begin(), errors.end(), error) != errors.end();
}

void Put(Finding& finding, std::string_view by, std::string_view confidence,
         std::string_view kernel_has, std::string mend, std::string_view evidence) {
  finding.refused_by = by;
  finding.confidence = confidence;
  finding.kernel_has = kernel_has;
  finding.mend = std::move(mend);
  finding.evidence += fmt::format(". {}", evidence);
}

std::string Calls(const Probe& probe) { return fmt::format("{}", fmt::join(probe.calls, ", ")); }

// A filter stands before the kernel. What the kernel itself would say is known only if it was
// reached, or if its own symbols tell of every call.
void BySeccomp(Finding& finding, std::string_view confidence, bool reached,
               const Circumstances& circumstances, std::string_view evidence) {
  const Probe& probe = *finding.probe;
  finding.availability = Availability::kFiltered;
  const bool known =
      circumstances.kernel_knows != nullptr &&
      std::all_of(probe.calls.begin(), probe.calls.end(), circumstances.kernel_knows);
  // A call's own symbol proves the call, not its variants.
  const bool whole_call = probe.name.find('/') == std::string_view::npos;
  Put(finding, "seccomp", confidence, reached || (known && whole_call) ? "yes" : "unknown",
      fmt::format("let {} through in the seccomp profile", Calls(probe)),
      fmt::format("{}{}", evidence,
                  known && !reached ? "; the kernel's symbols name the call" : ""));
}

void ByKernel(Finding& finding, std::string_view confidence, const Circumstances& circumstances,
              std::string_view evidence) {
  finding.availability = Availability::kAbsent;
  if (!circumstances.emulator.empty()) {
    return Put(finding, "emulator", kInferred, "no",
               fmt::format("a release of {} that knows it", circumstances.emulator), evidence);
  }
  Put(finding, "kernel", confidence, "no",
      fmt::format("Linux {} or later", finding.probe->since.Text()), evidence);
}

bool Has(const Circumstances& circumstances, int capability) {
  return circumstances.has_capability != nullptr && circumstances.has_capability(capability);
}

// The kernel was reached and said no to this caller.
void ByRight(Finding& finding, const Circumstances& circumstances, std::string_view evidence) {
  const Probe& probe = *finding.probe;
  finding.availability = Availability::kDenied;
  if (probe.capability == Probe::kNoCapability) {
    return Put(finding, "lsm", kInferred, "yes", "a security module's policy that allows it",
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
         error == ENOMEM;
}

void ByLimit(Finding& finding, int error, std::string_view evidence) {
  finding.availability = Availability::kDenied;
  Put(finding, "limit", kInferred, "yes",
      error == EMFILE || error == ENFILE
          ? "a higher limit on open files (RLIMIT_NOFILE, fs.file-max)"
      : error == ENOSPC
          ? "a higher user.max_*_namespaces, or less nesting"
          : "a higher limit on processes or memory (RLIMIT_NPROC, pids.max, memory.max)",
      evidence);
}

// Yama refuses a tracer's rights that the kernel's own rules grant (Documentation/admin-guide/LSM/
// Yama.rst). That the target's consent changed the answer proves it.
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

// What the kernel said, once it was reached.
void ByItsAnswer(Finding& finding, const Attempted& plain, std::string_view confidence,
                 const Circumstances& circumstances, std::string_view evidence) {
  const Probe& probe = *finding.probe;
  const int error = plain.number;
  if (plain.by_yama) {
    return ByYama(finding, kProven, circumstances,
                  fmt::format("{}; with PR_SET_PTRACER in the target it is granted", evidence));
  }
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
  finding.kernel_has = "unknown";
}

}  // namespace

Circumstances ReadCircumstances() {
  return {.seccomp_mode = prctl(PR_GET_SECCOMP),
          .emulator = Emulator(),
          .kernel_knows = KernelKnows,
          .has_capability = HasCapability,
          .ptrace_scope = PtraceScope()};
}

bool NeedsAsking(const Finding& finding, const Circumstances& circumstances) {
  return Refused(finding) && circumstances.seccomp_mode != 0 && !finding.probe->calls.empty() &&
         finding.saw != "SIGSYS";
}

void Attribute(Finding& finding, const Attempted& plain, const Asked& asked,
               const Circumstances& circumstances) {
  if (finding.availability == Availability::kPresent) return;
  finding.kernel_has = "unknown";
  if (!Refused(finding)) return;
  if (finding.probe->calls.empty()) {
    if (finding.availability == Availability::kDenied) {
      ByRight(finding, circumstances, "It was refused where no policy of calls tells it apart");
    }
    return;
  }
  if (plain.how == Attempted::kSignalled) {
    if (finding.saw == "SIGSYS") {
      BySeccomp(finding, kProven, false, circumstances, "SIGSYS comes from a filter only");
    }
    return;
  }
  if (circumstances.seccomp_mode == 0) {
    return ByItsAnswer(finding, plain, kProven, circumstances, "No filter is installed");
  }
  if (asked.how == Asked::kUnable) {
    const std::string unable =
        fmt::format("It cannot be asked whether a filter did ({})", asked.why);
    if (!circumstances.emulator.empty()) return ByKernel(finding, kInferred, circumstances, unable);
    if (plain.before_kernel || finding.availability == Availability::kFiltered) {
      return BySeccomp(finding, kInferred, false, circumstances, unable);
    }
    return ByItsAnswer(finding, plain, kInferred, circumstances, unable);
  }
  if (!asked.told) {
    return BySeccomp(
        finding, kProven, false, circumstances,
        "A filter that only asks to be told of the call was not told: an earlier one refuses it");
  }
  if (asked.answer && asked.answer->number != plain.number) {
    return BySeccomp(finding, kProven, Holds(finding.probe->present, asked.answer->number),
                     circumstances,
                     fmt::format("Let through to the kernel the call answered {}",
                                 ErrnoName(asked.answer->number)));
  }
  ByItsAnswer(finding, plain, kProven, circumstances,
              "A filter that only asks to be told of the call was told: no other one refuses it");
}

std::vector<Finding> ProbeAll(double pace, const std::vector<const Probe*>& probes) {
  constexpr double kSeconds = 5;  // an attempt takes microseconds; this is for hangs
  const std::chrono::milliseconds deadline(static_cast<std::int64_t>(kSeconds * pace * 1000));
  const Circumstances circumstances = ReadCircumstances();
  Subject::Prepare();
  const std::vector<Attempted> attempted = AttemptEach(probes, deadline);
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    Finding finding = Conclude(*probes[i], attempted[i]);
    const Asked asked = NeedsAsking(finding, circumstances) ? Ask(*probes[i], deadline) : Asked{};
    Attribute(finding, attempted[i], asked, circumstances);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pidproof

#include "runner/benchmarks/generated_fleet.h"

#include <errno.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"
#include "probes/registry.h"
#include "reports/document/fingerprint.h"
#include "runner/benchmarks/full_document.h"
#include "runner/document.h"

namespace pidproof::runner::benchmarks::generated {

namespace {

using Random = std::mt19937_64;

std::uint64_t Draw(Random& random, std::uint64_t most) { return random() % (most + 1); }

constexpr const char* kKernels[] = {"4.19.0-27-amd64",     "5.4.0-205-generic",
                                    "5.10.0-34-amd64",     "5.14.0-503.el9.x86_64",
                                    "5.15.0-130-generic",  "6.1.0-31-amd64",
                                    "6.6.72-android15",    "6.8.0-52-generic",
                                    "6.12.43+deb13-amd64", "6.18.44"};

// What refuses in front of a kernel, and whom it refuses.
struct Surroundings {
  const char* container;
  const char* capabilities;
  bool is_root;
  int seccomp_mode;
  std::vector<std::string_view> refused;  // what the names of filtered features begin with
  int error;
};

const Surroundings kSurroundings[] = {
    {"", "all", true, 0, {}, 0},
    {"", "none", false, 0, {}, 0},
    {"docker (/.dockerenv)",
     "chown, kill, setuid",
     true,
     2,
     {"pidfd_open", "pidfd_getfd", "clone3"},
     EPERM},
    {"docker (/.dockerenv)", "chown, kill, setuid", true, 2, {"clone3", "io_uring"}, ENOSYS},
    {"podman (/run/.containerenv)", "none", false, 2, {"io_uring", "pidfd_getfd"}, EPERM},
    {"", "none", false, 2, {"pidfd_", "setns", "process_m"}, EPERM},
};
static_assert(std::size(kKernels) * std::size(kSurroundings) + 1 == kProfiles);

struct Profile {
  const char* kernel;
  const Surroundings& around;
  bool is_emulated;
};

Profile At(std::size_t number) {
  const bool is_emulated = number + 1 == kProfiles;
  if (is_emulated) return {"4.4.0", kSurroundings[0], true};
  return {kKernels[number % std::size(kKernels)], kSurroundings[number / std::size(kKernels)],
          false};
}

// Evidence names numbers that are of that moment.
Finding FindingOf(const Probe& probe, const Profile& profile, Random& random) {
  Attempted attempted{.how = Attempted::kAnswered,
                      .text = fmt::format("PID {}", Draw(random, 9999))};
  const auto& refused = profile.around.refused;
  const bool is_refused = std::ranges::any_of(
      refused, [&](std::string_view front) { return probe.name.starts_with(front); });
  const bool is_there = probe.since <= Release::Parse(profile.kernel) && !profile.is_emulated;
  attempted.number = is_refused                           ? profile.around.error
                     : is_there && !probe.present.empty() ? probe.present.front()
                     : !is_there && !probe.absent.empty() ? probe.absent.front()
                                                          : ENOSYS;
  Finding finding = Conclude(probe, attempted);
  if (is_refused) {
    finding.availability = Availability::kFiltered;
    finding.refused_by = "seccomp";
    finding.confidence = "proven";
    finding.kernel_has = is_there ? "yes" : "unknown";
  } else if (finding.availability != Availability::kPresent) {
    finding.refused_by = profile.is_emulated ? "emulator" : "kernel";
    finding.confidence = "proven";
    finding.kernel_has = "no";
  }
  return finding;
}

reports::Host HostOf(std::size_t host, const Profile& profile, Random& random) {
  constexpr std::uint64_t kPidMax[] = {32'768, 65'536, 131'072, 4'194'304};
  reports::Host row;
  row.release = profile.kernel;
  row.machine = "x86_64";
  row.libc = "glibc 2.36";
  row.uid = profile.around.is_root ? 0 : static_cast<std::uint32_t>(1000 + Draw(random, 5000));
  row.isolation = profile.around.is_root ? "pid namespace" : "user and pid namespace";
  row.pid_max = kPidMax[Draw(random, std::size(kPidMax) - 1)];
  row.seccomp_mode = profile.around.seccomp_mode;
  row.seccomp_filters = profile.around.seccomp_mode == 0 ? 0 : 1 + Draw(random, 3);
  row.no_new_privs = profile.around.seccomp_mode != 0;
  row.capabilities = profile.around.capabilities;
  row.ptrace_scope = 1;
  row.security_modules = "lockdown,capability,yama,apparmor";
  row.user_namespace = "initial";
  row.pid_namespace = "initial";
  row.container = profile.around.container;
  row.emulator = profile.is_emulated ? "gVisor" : "";
  row.hostname = fmt::format("node{:05}", host);
  return row;
}

// Races differ from one run to the next in their counts, not in what is seen at all.
void VaryCounts(std::vector<reports::Cell>& cells, Random& random) {
  for (reports::Cell& cell : cells) {
    if (!cell.opportunities) continue;
    const std::uint64_t times = 1 + Draw(random, 9);
    cell.trials *= times;
    *cell.opportunities *= times;
    for (auto* count : {&cell.hits, &cell.near_misses}) {
      if (*count) **count *= times;
    }
    for (auto& [outcome, count] : cell.outcomes) count *= times;
  }
}

}  // namespace

}  // namespace pidproof::runner::benchmarks::generated

namespace pidproof::runner::benchmarks {

std::size_t ProfileOf(std::size_t host, std::uint64_t seed) {
  // The smaller of two draws: the first profiles have most hosts, each has some of 10,000.
  generated::Random random(seed * 1'000'003 + host);
  return std::min(generated::Draw(random, kProfiles - 1), generated::Draw(random, kProfiles - 1));
}

reports::Document GeneratedHost(std::size_t host, std::uint64_t seed, Extent extent) {
  const std::size_t number = ProfileOf(host, seed);
  const generated::Profile profile = generated::At(number);
  generated::Random random(seed + host * 7919);
  reports::Document document;
  if (extent == Extent::kRun) {
    document = FullDocument(number);
    generated::VaryCounts(document.cells, random);
    document.features.clear();
    document.benchmarks.clear();
  }
  document.tool = "pidproof " PIDPROOF_VERSION;
  document.run.started =
      fmt::format("2026-{:02}-{:02}T{:02}:{:02}:{:02}Z", 1 + generated::Draw(random, 10),
                  1 + generated::Draw(random, 27), generated::Draw(random, 23),
                  generated::Draw(random, 59), generated::Draw(random, 59));
  document.run.seed = random();
  document.run.seconds = 0.05 + static_cast<double>(generated::Draw(random, 100)) / 1000;
  document.run.slowdown = 1 + static_cast<double>(generated::Draw(random, 300)) / 100;
  document.host = generated::HostOf(host, profile, random);
  for (const Probe* probe : Registered<Probe>::All()) {
    document.features.push_back(
        ToRow(reports::kNative, generated::FindingOf(*probe, profile, random)));
  }
  document.host.fingerprint = reports::Fingerprint(document);
  return document;
}

}  // namespace pidproof::runner::benchmarks

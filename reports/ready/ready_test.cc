#include "reports/ready/ready.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "reports/ready/consumer.h"
#include "reports/ready/fix.h"
#include "reports/ready/sample_offers_testing.h"

namespace pidproof::reports {
namespace {

using sample::EverythingPresent;
using sample::kWorlds;
using sample::Refusing;

Readiness Only(const std::vector<Feature>& features, const std::string& consumer) {
  const std::vector<Readiness> rows = Assess(features, {consumer});
  EXPECT_EQ(rows.size(), 1u) << consumer;
  return rows.front();
}

struct Expected {
  const char* world;
  std::map<std::string, std::string> verdicts;
};

TEST(Assess, TellsWhatBecomesOfConsumersInTheWild) {
  const std::string native = "native";
  const std::string silent = "degraded-silently";
  const std::string logged = "degraded-logged";
  const std::string start = "broken-at-start";
  const std::string late = "broken-late";
  const std::string crash = "crash";
  const Expected table[] = {
      {"docker-20.10.0-9",
       {{"go-1.24", native},
        {"rust-std", late},
        {"glib", native},
        {"glibc-pidfd-spawn", late},
        {"crun-kill", native},
        {"podman-pidhandle", native},
        {"systemd-245", native},
        {"swift-subprocess", start},
        {"ocaml-eio", native},
        {"lxc-7", start},
        {"pytorch", start}}},
      {"docker-now",
       {{"go-1.24", native},
        {"rust-std", native},
        {"glib", native},
        {"glibc-pidfd-spawn", native},
        {"crun-kill", native},
        {"podman-pidhandle", native},
        {"systemd-258", native},
        {"swift-subprocess", native},
        {"lxc-3", logged},
        {"lxc-7", start},
        {"runc-seccomp-listener", start}}},
      {"podman-now",
       {{"go-1.24", native},
        {"rust-std", native},
        {"glib", native},
        {"crun-kill", native},
        {"podman-pidhandle", native},
        {"systemd-258", native},
        {"java", "not-applicable"}}},
      {"snap-2.75",
       {{"go-1.24", silent},
        {"rust-std", late},
        {"glib", native},
        {"crun-kill", late},
        {"podman-pidhandle", start},
        {"podman-wait", native},
        {"systemd-245", silent},
        {"systemd-258", silent},
        {"containerd", logged},
        {"procps-pkill", start}}},
      {"android-11",
       {{"go-1.23.0", crash},
        {"go-1.24", crash},
        {"go-android", silent},
        {"rust-std", crash},
        {"glib", native},
        {"crun-kill", crash},
        {"podman-pidhandle", crash},
        {"systemd-245", crash},
        {"cpython-asyncio", native},
        {"earlyoom", crash}}},
      {"chromium",
       {{"go-1.24", silent},
        {"rust-std", silent},
        {"glib", logged},
        {"glibc-pidfd-spawn", native},
        {"qt-forkfd", native},
        {"crun-kill", silent},
        {"podman-pidhandle", silent},
        {"systemd-245", silent},
        {"systemd-258", start},
        {"boost-process", late},
        {"ruby-io-event", start}}},
      {"qemu-user-7.2",
       {{"go-1.23.0", late}, {"go-1.24", silent}, {"qt-forkfd", late}, {"containerd", late}}},
      {"linux-5.3",
       {{"glib", late},
        {"qt-forkfd", silent},
        {"glibc-pidfd-spawn", start},
        {"dbus-broker", silent},
        {"incus", native}}},
      {"nothing-probed",
       {{"go-1.24", "undecided"}, {"glibc-pidfd-spawn", native}, {"java", "not-applicable"}}},
  };
  for (const Expected& expected : table) {
    const std::vector<Feature> features = Refusing(kWorlds.at(expected.world));
    for (const auto& [consumer, verdict] : expected.verdicts) {
      EXPECT_EQ(Only(features, consumer).verdict, verdict) << consumer << " in " << expected.world;
    }
  }
}

struct Split {
  const char* consumer;
  const char* feature;
  const char* enosys;
  const char* eperm;
};

TEST(Assess, SplitsEnosysFromEpermAsEachConsumerDoes) {
  const Split table[] = {
      {"systemd-258", "pidfd_open", "broken-at-start", "degraded-silently"},
      {"systemd-245", "pidfd_open", "degraded-silently", "degraded-silently"},
      {"crun-kill", "pidfd_open", "degraded-silently", "broken-at-start"},
      {"podman-pidhandle", "pidfd_open", "degraded-silently", "broken-at-start"},
      {"kata-agent", "pidfd_open", "degraded-silently", "broken-late"},
      {"swift-subprocess", "clone3", "native", "broken-at-start"},
      {"procps-pkill", "pidfd_open", "degraded-silently", "broken-at-start"},
      {"go-1.24", "pidfd_open", "degraded-silently", "degraded-silently"},
      {"bun", "pidfd_open", "degraded-silently", "degraded-silently"},
      {"util-linux-waitpid", "pidfd_open", "broken-at-start", "broken-at-start"},
      {"lxc-3", "clone", "degraded-logged", "degraded-logged"},
      {"dbus-broker", "so_peerpidfd", "broken-at-start", "broken-at-start"},
  };
  for (const Split& split : table) {
    const std::string call = split.feature;
    EXPECT_EQ(Only(Refusing(call + ":ENOSYS"), split.consumer).verdict, split.enosys)
        << split.consumer;
    EXPECT_EQ(Only(Refusing(call + ":EPERM"), split.consumer).verdict, split.eperm)
        << split.consumer;
  }
}

TEST(Assess, ReachesEveryVerdict) {
  std::set<std::string> reached;
  for (const auto& [world, refusals] : kWorlds) {
    for (const Readiness& row : Assess(Refusing(refusals), {})) reached.insert(row.verdict);
  }
  for (const Word& fate : kImpacts)
    EXPECT_TRUE(reached.contains(std::string(fate.word))) << fate.word;
}

TEST(Assess, IsNativeForEveryConsumerWhereEverythingIsPresent) {
  for (const Readiness& row : Assess(EverythingPresent(), {})) {
    EXPECT_TRUE(row.verdict == "native" || row.verdict == "not-applicable") << row.consumer;
    EXPECT_EQ(row.feature + row.fix, "") << row.consumer;
  }
}

TEST(Assess, NamesTheFeatureThatDecides) {
  const std::vector<Feature> features = Refusing("pidfd_send_signal:EPERM waitid:SIGSYS");
  EXPECT_EQ(Only(features, "go-1.24").feature, "waitid/p_pidfd");  // asked before the signal
  EXPECT_EQ(Only(features, "systemd-245").feature,
            "waitid/p_pidfd");  // the worse one, though later
  EXPECT_EQ(Only(Refusing("pidfd_send_signal:EPERM waitid:EPERM"), "systemd-245").feature,
            "pidfd_send_signal");
  EXPECT_EQ(Only(features, "crun-kill").errno_name, "EPERM");
  EXPECT_EQ(Only(features, "crun-kill").availability, "filtered");
}

TEST(Assess, TakesOnlyTheStepsThatTheConsumerTakesThere) {
  // Without /proc Rust lets the child open its own pidfd, and never comes to clone3.
  EXPECT_EQ(Only(Refusing("clone3:EPERM"), "rust-std").feature, "clone3/pidfd");
  EXPECT_EQ(Only(Refusing("clone3:EPERM pidfd_getpid:EBADF"), "rust-std").verdict, "native");
  // clone is for where clone3 is missing.
  EXPECT_EQ(Only(Refusing("clone:EPERM"), "glibc-pidfd-spawn").verdict, "native");
  EXPECT_EQ(Only(Refusing("clone:EPERM clone3:ENOSYS"), "glibc-pidfd-spawn").verdict,
            "broken-late");
}

TEST(Assess, AFeatureThatWasNotProbedIsUndecided) {
  const Readiness row = Only({}, "glib");
  EXPECT_EQ(row.verdict, "undecided");
  EXPECT_EQ(row.availability, "not probed");
  EXPECT_EQ(row.fix, "find out: pidproof probe --only pidfd_open");
  std::vector<Feature> no_thread = EverythingPresent();
  std::erase_if(no_thread, [](const Feature& one) { return one.feature == "pidfd_open/thread"; });
  EXPECT_EQ(Only(no_thread, "incus").verdict, "native");  // it can do without
}

TEST(Assess, TakesIdsAndFamilies) {
  const auto ids = [](const std::vector<std::string>& wanted) {
    std::vector<std::string> found;
    for (const Readiness& row : Assess(EverythingPresent(), wanted)) found.push_back(row.consumer);
    return found;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids({"go"}), (Ids{"go-1.23.0", "go-1.24", "go-android"}));
  EXPECT_EQ(ids({"glib"}), Ids{"glib"});  // and not glibc
  EXPECT_EQ(ids({"systemd-258", "glib", "glib"}), (Ids{"glib", "systemd-258"}));
  EXPECT_EQ(ids({"conmon"}), Ids{"conmon"});  // an id, so not the family
  EXPECT_EQ(ids({}).size(), Consumers().size());
  try {
    ids({"go", "gopher"});
    ADD_FAILURE() << "no complaint";
  } catch (const std::invalid_argument& mistake) {
    EXPECT_STREQ(mistake.what(),
                 "'gopher' is not a known consumer; 'pidproof ready' shows them all");
  }
  EXPECT_THROW(ids({""}), std::invalid_argument);
}

TEST(ReadyStatus, IsAGate) {
  const auto status = [](const std::string& refusals, const std::vector<std::string>& wanted) {
    return ReadyStatus(Assess(Refusing(refusals), wanted));
  };
  EXPECT_EQ(status("", {}), 0);
  EXPECT_EQ(status("pidfd_open:EPERM", {"java", "qt-forkfd"}), 0);
  EXPECT_EQ(status("pidfd_open:EPERM", {"glib"}), 1);  // a fallback, logged or not
  EXPECT_EQ(status("pidfd_open:EPERM", {"go"}), 1);
  EXPECT_EQ(status("pidfd_open:unclear", {"go", "java"}), 3);
  EXPECT_EQ(status("pidfd_open:unclear waitid:EINVAL", {"go", "qt-forkfd"}), 1);
}

TEST(ConsumersOf, NamesThoseThatCallUponAFeature) {
  using Ids = std::vector<std::string_view>;
  EXPECT_EQ(ConsumersOf("so_peerpidfd"),
            (Ids{"dbus-daemon", "dbus-broker", "polkit", "xdg-desktop-portal"}));
  EXPECT_EQ(ConsumersOf("setns/pidfd"), (Ids{"crun-exec", "lxc-3", "lxd"}));
  EXPECT_TRUE(ConsumersOf("nobody/wants").empty());
}

TEST(Mend, FollowsFromTheAnswer) {
  const auto fix = [](const char* feature, const char* availability, const char* answer) {
    return Mend({"", feature, "5.3", availability, answer, ""});
  };
  EXPECT_EQ(fix("poll", "present", ""), "");
  EXPECT_EQ(fix("waitid/p_pidfd", "absent", "EINVAL"), "Linux 5.3 or later");
  EXPECT_EQ(
      fix("pidfd_open", "absent", "ENOSYS"),
      "Linux 5.3 or later; where that runs already, let pidfd_open through in the seccomp profile");
  EXPECT_EQ(fix("pidfd_getfd", "filtered", "EPERM"),
            "let pidfd_getfd through in the seccomp profile (Docker's does with CAP_SYS_PTRACE)");
  EXPECT_EQ(fix("self/send_signal_thread", "filtered", "EPERM"),
            "let pidfd_send_signal through in the seccomp profile");
  EXPECT_EQ(
      fix("clone3/pidfd", "filtered", "EPERM"),
      "let clone3 through in the seccomp profile (Docker's does with CAP_SYS_ADMIN), or answer "
      "ENOSYS there");
  EXPECT_EQ(fix("pidfs", "filtered", "SIGSYS"), "let fstatfs through in the seccomp profile");
  EXPECT_EQ(fix("so_peerpidfd", "filtered", "SIGSYS"),
            "let getsockopt through in the seccomp profile");
  EXPECT_EQ(fix("pidfd_open", "filtered", "EACCES"),
            "let the security module (SELinux: class pidfs; AppArmor) permit pidfd_open");
  EXPECT_EQ(fix("setns/pidfd", "denied", "EPERM"), "CAP_SYS_ADMIN");
  EXPECT_EQ(fix("pidfd_getfd", "denied", "EPERM"), "CAP_SYS_PTRACE or kernel.yama.ptrace_scope=0");
  EXPECT_EQ(fix("poll", "unclear", ""), "find out: pidproof probe --only poll");
  Feature told{"", "setns/pidfd", "5.8", "filtered", "EPERM", ""};
  told.fix = "ask the one who wrote the filter";
  EXPECT_EQ(Mend(told), "ask the one who wrote the filter (Docker's does with CAP_SYS_ADMIN)");
  told.availability = "absent";
  EXPECT_EQ(Mend(told), "ask the one who wrote the filter");
}

bool FallsBack(const Reaction& turn) {
  return turn.fate == Impact::kDegradedSilently || turn.fate == Impact::kDegradedLogged;
}

TEST(Consumers, AreWholeAndUnique) {
  std::set<std::string_view> ids;
  for (const Consumer& row : Consumers()) {
    EXPECT_TRUE(ids.insert(row.id).second) << row.id << " twice";
    EXPECT_FALSE(row.id.empty() || row.title.empty() || row.versions.empty()) << row.id;
    EXPECT_FALSE(row.source.empty()) << row.id;
    const bool falls_back = std::ranges::any_of(row.steps, [](const Step& step) {
      return FallsBack(step.refused) || std::ranges::any_of(step.except, [](const Exception& one) {
               return FallsBack(one.turn);
             });
    });
    EXPECT_EQ(falls_back, !row.instead.empty()) << row.id;
  }
}

// A sandbox that isolates by scope is held against those only who act on what they did not fork.
TEST(Assess, HoldsASandboxsScopeAgainstThoseWhoActOnOthers) {
  const std::vector<Feature> scoped = Refusing("outside/signal:EPERM");
  EXPECT_EQ(Only(scoped, "earlyoom").verdict, "broken-late");
  EXPECT_EQ(Only(scoped, "earlyoom").feature, "outside/signal");
  EXPECT_EQ(Only(scoped, "systemd-258").verdict, "broken-late");
  EXPECT_EQ(Only(scoped, "procps-pkill").verdict, "broken-at-start");
  EXPECT_EQ(Only(scoped, "systemd-245").verdict, "native");
  EXPECT_EQ(Only(scoped, "go-1.24").verdict, "native");
  // Nobody outside is visible, or a document of before: nothing is known against it.
  EXPECT_EQ(Only(Refusing("outside:unclear"), "earlyoom").verdict, "native");
  // Without the call it signals by number.
  const std::vector<Feature> without = Refusing("outside/signal:EPERM pidfd_send_signal:EPERM");
  EXPECT_EQ(Only(without, "systemd-258").verdict, "degraded-silently");
}

}  // namespace
}  // namespace pidproof::reports

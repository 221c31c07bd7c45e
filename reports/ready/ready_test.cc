#include "reports/ready/ready.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "reports/ready/consumer.h"
#include "reports/ready/sample_offers_testing.h"

namespace pidproof::reports::ready::ready_test {
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
  std::map<std::string, Impact> impacts;
};

TEST(Assess, SaysWhatBecomesOfConsumersInTheWild) {
  const Impact native = Impact::kWorks;
  const Impact silent = Impact::kDegradedSilently;
  const Impact logged = Impact::kDegradedLogged;
  const Impact start = Impact::kBrokenAtStart;
  const Impact late = Impact::kBrokenLate;
  const Impact crash = Impact::kCrash;
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
        {"java", Impact::kNotApplicable}}},
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
       {{"go-1.24", Impact::kUndecided},
        {"glibc-pidfd-spawn", native},
        {"java", Impact::kNotApplicable}}},
  };
  for (const Expected& expected : table) {
    const std::vector<Feature> features = Refusing(kWorlds.at(expected.world));
    for (const auto& [consumer, impact] : expected.impacts) {
      EXPECT_EQ(Only(features, consumer).impact, impact) << consumer << " in " << expected.world;
    }
  }
}

struct Split {
  const char* consumer;
  const char* feature;
  Impact enosys;
  Impact eperm;
};

TEST(Assess, SplitsEnosysFromEpermAsEachConsumerDoes) {
  const Split table[] = {
      {"systemd-258", "pidfd_open", Impact::kBrokenAtStart, Impact::kDegradedSilently},
      {"systemd-245", "pidfd_open", Impact::kDegradedSilently, Impact::kDegradedSilently},
      {"crun-kill", "pidfd_open", Impact::kDegradedSilently, Impact::kBrokenAtStart},
      {"podman-pidhandle", "pidfd_open", Impact::kDegradedSilently, Impact::kBrokenAtStart},
      {"kata-agent", "pidfd_open", Impact::kDegradedSilently, Impact::kBrokenLate},
      {"swift-subprocess", "clone3", Impact::kWorks, Impact::kBrokenAtStart},
      {"procps-pkill", "pidfd_open", Impact::kDegradedSilently, Impact::kBrokenAtStart},
      {"go-1.24", "pidfd_open", Impact::kDegradedSilently, Impact::kDegradedSilently},
      {"bun", "pidfd_open", Impact::kDegradedSilently, Impact::kDegradedSilently},
      {"util-linux-waitpid", "pidfd_open", Impact::kBrokenAtStart, Impact::kBrokenAtStart},
      {"lxc-3", "clone", Impact::kDegradedLogged, Impact::kDegradedLogged},
      {"dbus-broker", "so_peerpidfd", Impact::kBrokenAtStart, Impact::kBrokenAtStart},
      {"systemd-262", "pidfd_open", Impact::kBrokenAtStart, Impact::kBrokenAtStart},
      {"systemd-spawn", "clone3", Impact::kDegradedSilently, Impact::kBrokenAtStart},
      {"runc-exec-cgroup", "clone3", Impact::kDegradedSilently, Impact::kDegradedSilently},
      {"crun-cgroup", "clone3", Impact::kDegradedSilently, Impact::kDegradedSilently},
      {"golang-cgroup-fd", "clone3", Impact::kBrokenAtStart, Impact::kBrokenAtStart},
  };
  for (const Split& split : table) {
    const std::string call = split.feature;
    EXPECT_EQ(Only(Refusing(call + ":ENOSYS"), split.consumer).impact, split.enosys)
        << split.consumer;
    EXPECT_EQ(Only(Refusing(call + ":EPERM"), split.consumer).impact, split.eperm)
        << split.consumer;
  }
}

TEST(Assess, ReachesEveryImpact) {
  std::set<Impact> reached;
  for (const auto& [world, refusals] : kWorlds) {
    for (const Readiness& row : Assess(Refusing(refusals), {})) reached.insert(row.impact);
  }
  EXPECT_EQ(reached.size(), kImpacts.size());
}

TEST(Assess, IsNativeForEveryConsumerWhereEverythingIsPresent) {
  for (const Readiness& row : Assess(EverythingPresent(), {})) {
    EXPECT_TRUE(row.impact == Impact::kWorks || row.impact == Impact::kNotApplicable)
        << row.consumer;
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
  // Without /proc and PIDFD_GET_INFO Rust lets the child open its own pidfd, and never comes to
  // clone3.
  EXPECT_EQ(Only(Refusing("clone3:EPERM"), "rust-std").feature, "clone3/pidfd");
  const std::string without = " pidfd_getpid:EBADF ioctl/info:ENOTTY";
  EXPECT_EQ(Only(Refusing("clone3:EPERM" + without), "rust-std").impact, Impact::kWorks);
  EXPECT_EQ(Only(Refusing("clone3:EPERM ioctl/info:ENOTTY"), "rust-std").feature, "clone3/pidfd");
  EXPECT_EQ(Only(Refusing("clone3:EPERM pidfd_getpid:EBADF"), "rust-std").feature, "clone3/pidfd");
  // clone is for where clone3 is missing.
  EXPECT_EQ(Only(Refusing("clone:EPERM"), "glibc-pidfd-spawn").impact, Impact::kWorks);
  EXPECT_EQ(Only(Refusing("clone:EPERM clone3:ENOSYS"), "glibc-pidfd-spawn").impact,
            Impact::kBrokenLate);
}

TEST(Assess, KnowsThatNsenterAvoidsAnOldSetns) {
  EXPECT_EQ(Only(Refusing("setns:EINVAL"), "util-linux-nsenter").impact, Impact::kWorks);
  EXPECT_EQ(Only(Refusing("setns:EPERM"), "util-linux-nsenter").impact, Impact::kBrokenLate);
  EXPECT_EQ(Only(Refusing("setns:EPERM pidfd_open:ENOSYS"), "util-linux-nsenter").impact,
            Impact::kWorks);
}

TEST(Assess, AFeatureThatWasNotProbedIsUndecided) {
  const Readiness row = Only({}, "glib");
  EXPECT_EQ(row.impact, Impact::kUndecided);
  EXPECT_EQ(row.availability, "not probed");
  EXPECT_EQ(row.fix, "find out: pidproof probe --only pidfd_open");
  std::vector<Feature> no_thread = EverythingPresent();
  std::erase_if(no_thread, [](const Feature& one) { return one.feature == "pidfd_open/thread"; });
  EXPECT_EQ(Only(no_thread, "incus").impact, Impact::kWorks);  // it can do without
}

TEST(Assess, TakesNamesAndFamilies) {
  const auto names = [](const std::vector<std::string>& wanted) {
    std::vector<std::string> found;
    for (const Readiness& row : Assess(EverythingPresent(), wanted)) found.push_back(row.consumer);
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({"go"}), (Names{"go-1.23.0", "go-1.24", "go-android", "go-with-handle"}));
  EXPECT_EQ(names({"glib"}), Names{"glib"});  // and not glibc
  EXPECT_EQ(names({"systemd-258", "glib", "glib"}), (Names{"glib", "systemd-258"}));
  EXPECT_EQ(names({"conmon"}), Names{"conmon"});  // a name, so not the family
  EXPECT_EQ(names({}).size(), Registered<Consumer>::All().size());
  try {
    names({"go", "gopher"});
    ADD_FAILURE() << "no complaint";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "'gopher' is not a known consumer; 'pidproof ready' shows them all");
  }
  EXPECT_THROW(names({""}), std::invalid_argument);
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

TEST(ConsumersOf, NamesThoseThatUseAFeature) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(ConsumersOf("so_peerpidfd"),
            (Names{"dbus-broker", "dbus-daemon", "polkit", "xdg-desktop-portal"}));
  EXPECT_EQ(ConsumersOf("setns/pidfd"), (Names{"crun-exec", "lxc-3", "lxd", "util-linux-nsenter"}));
  EXPECT_EQ(ConsumersOf("clone3/into_cgroup"),
            (Names{"crun-cgroup", "golang-cgroup-fd", "runc-exec-cgroup", "systemd-spawn"}));
  EXPECT_EQ(ConsumersOf("io_uring/waitid"), Names{"ruby-io-event-uring"});
  // A function of the C library is used by those that call it.
  EXPECT_EQ(ConsumersOf("pidfd_spawn"),
            (Names{"glibc-pidfd-spawn", "systemd-spawn", "util-linux-spawn"}));
  EXPECT_TRUE(ConsumersOf("unused/feature").empty());
}

TEST(Assess, TakesTheFixFromTheDocument) {
  std::vector<Feature> features = Refusing("pidfd_open:EPERM");
  EXPECT_EQ(Only(features, "glib").fix, "allow pidfd_open");
  for (Feature& feature : features) feature.fix = "";
  EXPECT_EQ(Only(features, "glib").fix, "");
}

TEST(Impact, HasAWordForEach) {
  EXPECT_EQ(static_cast<std::size_t>(LastOf(Impact())) + 1, kImpacts.size());
  EXPECT_EQ(WordOf(Impact::kWorks).word, "native");
  EXPECT_EQ(WordOf(Impact::kUndecided).word, "undecided");
}

TEST(Assess, NamesTheCLibraryThatAConsumerNeeds) {
  std::vector<Feature> features = EverythingPresent();
  features.push_back({"test", "pidfd_spawn", "5.4", Availability::kAbsent, "ENOSYS", ""});
  EXPECT_EQ(Only(features, "glibc-pidfd-spawn").also, "");
  features.back().libc = "glibc 2.39";
  EXPECT_EQ(Only(features, "glibc-pidfd-spawn").also,
            "it must run with glibc 2.39 or later, for pidfd_spawn");
  EXPECT_EQ(Only(features, "glibc-pidfd-spawn").impact, Impact::kWorks);
  EXPECT_EQ(Only(features, "go-1.24").also, Only(EverythingPresent(), "go-1.24").also);
}

bool FallsBack(const Reaction& reaction) {
  return reaction.impact == Impact::kDegradedSilently || reaction.impact == Impact::kDegradedLogged;
}

TEST(Consumers, AreWholeAndUnique) {
  std::set<std::string_view> names;
  for (const Consumer* consumer : Registered<Consumer>::All()) {
    const Consumer& row = *consumer;
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " twice";
    EXPECT_FALSE(row.name.empty() || row.title.empty() || row.versions.empty()) << row.name;
    EXPECT_FALSE(row.source.empty()) << row.name;
    const bool falls_back = std::ranges::any_of(row.steps, [](const Step& step) {
      return FallsBack(step.refused) || std::ranges::any_of(step.except, [](const Exception& one) {
               return FallsBack(one.reaction);
             });
    });
    EXPECT_EQ(falls_back, !row.instead.empty()) << row.name;
  }
}

// A sandbox that isolates by scope breaks only consumers that act on what they did not fork.
TEST(Assess, CountsASandboxsScopeOnlyForConsumersThatActOnOthers) {
  const std::vector<Feature> scoped = Refusing("outside/signal:EPERM");
  EXPECT_EQ(Only(scoped, "earlyoom").impact, Impact::kBrokenLate);
  EXPECT_EQ(Only(scoped, "earlyoom").feature, "outside/signal");
  EXPECT_EQ(Only(scoped, "systemd-258").impact, Impact::kBrokenLate);
  EXPECT_EQ(Only(scoped, "procps-pkill").impact, Impact::kBrokenAtStart);
  EXPECT_EQ(Only(scoped, "systemd-245").impact, Impact::kWorks);
  EXPECT_EQ(Only(scoped, "go-1.24").impact, Impact::kWorks);
  // No process outside is visible, or the document is older: the step decides nothing.
  EXPECT_EQ(Only(Refusing("outside:unclear"), "earlyoom").impact, Impact::kWorks);
  // Without the call it signals by PID.
  const std::vector<Feature> without = Refusing("outside/signal:EPERM pidfd_send_signal:EPERM");
  EXPECT_EQ(Only(without, "systemd-258").impact, Impact::kDegradedSilently);
}

}  // namespace
}  // namespace pidproof::reports::ready::ready_test

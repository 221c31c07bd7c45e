#include "probes/probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "probes/worlds/world.h"

namespace pidproof::probe_test {
namespace {

const Probe kSample{
    .name = "sample",
    .since = {5, 4},
    .what = "",
    .tries = "asking",
    .source = "",
    .calls = {},
    .attempt = nullptr,
    .present = {EBADF, 0},
    .absent = {EINVAL},
    .denied = {EACCES},
};

Attempted Answered(int error) { return {Attempted::kAnswered, error, "", false}; }

TEST(Conclude, KnowsEveryWayAnAttemptCanEnd) {
  struct Row {
    Attempted attempted;
    Availability availability;
    std::string saw;
  };
  const Row rows[] = {
      {Answered(EBADF), Availability::kPresent, "EBADF"},
      {Answered(0), Availability::kPresent, ""},
      {Answered(EINVAL), Availability::kAbsent, "EINVAL"},
      {Answered(EACCES), Availability::kDenied, "EACCES"},
      {Answered(EPERM), Availability::kFiltered, "EPERM"},
      {Answered(ENOSYS), Availability::kFiltered, "ENOSYS"},
      {Answered(ENOMEM), Availability::kUnclear, "ENOMEM"},
      {Answered(Answer::kNoEffect), Availability::kUnclear, "no effect"},
      {{Attempted::kAnswered, EACCES, "", true}, Availability::kFiltered, "EACCES"},
      {{Attempted::kSignalled, SIGSYS, "", false}, Availability::kFiltered, "SIGSYS"},
      {{Attempted::kSignalled, SIGSEGV, "", false}, Availability::kUnclear, "SIGSEGV"},
      {{Attempted::kNotSetUp, 0, "no pidfd", false}, Availability::kUnclear, ""},
      {{Attempted::kSilent, 0, "", false}, Availability::kUnclear, ""},
  };
  for (const Row& row : rows) {
    const Finding finding = Conclude(kSample, row.attempted);
    EXPECT_EQ(Word(finding.availability), Word(row.availability)) << row.saw;
    EXPECT_EQ(finding.saw, row.saw);
    EXPECT_FALSE(finding.evidence.empty());
  }
}

TEST(Probes, AreWellFormed) {
  const std::vector<std::string_view> refusable = RefusableCalls();
  std::set<std::string_view> names;
  for (const Probe* probe : Registered<Probe>::All()) {
    EXPECT_TRUE(names.insert(probe->name).second) << probe->name << " twice";
    EXPECT_GT(probe->since.major, 0) << probe->name;
    EXPECT_FALSE(probe->what.empty() || probe->tries.empty() || probe->source.empty())
        << probe->name;
    EXPECT_FALSE(probe->present.empty() || probe->absent.empty()) << probe->name;
    for (const std::string_view call : probe->calls) {
      EXPECT_NE(std::find(refusable.begin(), refusable.end(), call), refusable.end())
          << probe->name << " rests on " << call << ", which no world can refuse";
    }
    // An answer has one meaning only.
    for (const int error : probe->present) {
      EXPECT_EQ(std::count(probe->absent.begin(), probe->absent.end(), error), 0) << probe->name;
      EXPECT_EQ(std::count(probe->denied.begin(), probe->denied.end(), error), 0) << probe->name;
    }
  }
}

// A function is exported by the glibc that this test runs with just where its release says so.
TEST(Probes, NameTheFunctionsThatGlibcHas) {
  const Release here = Release::Parse(gnu_get_libc_version());
  int functions = 0;
  for (const Probe* probe : Registered<Probe>::All()) {
    const LibcName& libc = probe->libc;
    EXPECT_EQ(libc.since != LibcName::kNever && libc.name.empty(), false) << probe->name;
    if (libc.name.empty() || std::isupper(static_cast<unsigned char>(libc.name[0]))) continue;
    ++functions;
    const bool due = libc.since != LibcName::kNever && libc.since <= here;
    EXPECT_EQ(dlsym(RTLD_DEFAULT, std::string(libc.name).c_str()) != nullptr, due)
        << probe->name << ": " << libc.name;
  }
  EXPECT_GT(functions, 20);
}

// The names are a contract with readers of the document.
TEST(Probes, HaveTheAgreedNames) {
  for (const std::string_view name : {"clone/pidfd",
                                      "clone3/pidfd",
                                      "clone3/set_tid",
                                      "pidfd_open",
                                      "pidfd_open/nonblock",
                                      "pidfd_open/thread",
                                      "pidfd_spawn",
                                      "so_peerpidfd",
                                      "scm_pidfd",
                                      "pidfd_send_signal",
                                      "pidfd_send_signal/proc_fd",
                                      "pidfd_send_signal/thread",
                                      "pidfd_send_signal/thread_group",
                                      "pidfd_send_signal/process_group",
                                      "pidfd_getpid",
                                      "poll",
                                      "select",
                                      "epoll",
                                      "waitid/p_pidfd",
                                      "waitid/nonblock",
                                      "pidfd_getfd",
                                      "setns/pidfd",
                                      "process_madvise",
                                      "process_mrelease",
                                      "fstat/inode",
                                      "statx/inode"}) {
    EXPECT_NE(Registered<Probe>::Find(name), nullptr) << name;
  }
}

TEST(Finding, CrossesAPipeWhole) {
  const Finding finding{.probe = Registered<Probe>::Find("poll"),
                        .availability = Availability::kDenied,
                        .saw = "saw",
                        .evidence = "evidence",
                        .refused_by = "refused_by",
                        .confidence = "confidence",
                        .kernel_has = "kernel_has",
                        .fix = "fix",
                        .evaluated = true,
                        .answer = 17,
                        .unasked = true};
  const std::optional<Finding> crossed = Decoded<Finding>(Encoded(finding));
  ASSERT_TRUE(crossed);
  const auto& [probe, availability, saw, evidence, refused_by, confidence, kernel_has, fix,
               evaluated, answer, unasked] = *crossed;
  EXPECT_EQ(probe, finding.probe);
  EXPECT_EQ(availability, finding.availability);
  EXPECT_EQ(saw, "saw");
  EXPECT_EQ(evidence, "evidence");
  EXPECT_EQ(refused_by, "refused_by");
  EXPECT_EQ(confidence, "confidence");
  EXPECT_EQ(kernel_has, "kernel_has");
  EXPECT_EQ(fix, "fix");
  EXPECT_TRUE(evaluated);
  EXPECT_EQ(answer, 17);
  EXPECT_TRUE(unasked);
}

TEST(Finding, OfAProbeThatIsNotRegisteredIsRefused) {
  Finding finding;
  finding.probe = &kSample;
  EXPECT_FALSE(Decoded<Finding>(Encoded(finding)));
}

TEST(Attempted, CrossesAPipeWhole) {
  const Attempted attempted{Attempted::kSignalled, 17, "text", true, true, "refused_by", "fix"};
  const std::optional<Attempted> crossed = Decoded<Attempted>(Encoded(attempted));
  ASSERT_TRUE(crossed);
  const auto& [how, number, text, before_kernel, by_yama, refused_by, fix] = *crossed;
  EXPECT_EQ(how, Attempted::kSignalled);
  EXPECT_EQ(number, 17);
  EXPECT_EQ(text, "text");
  EXPECT_TRUE(before_kernel);
  EXPECT_TRUE(by_yama);
  EXPECT_EQ(refused_by, "refused_by");
  EXPECT_EQ(fix, "fix");
}

}  // namespace
}  // namespace pidproof::probe_test

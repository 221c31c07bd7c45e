#include "probes/worlds/oci_profile.h"

#include <errno.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>

#include <stdexcept>

#include "probes/system/abi.h"
#include "probes/worlds/filter_testing.h"

namespace pidproof::oci_profile_test {
namespace {

// Every feature of the format once. Numbers 424 to 448 are the same on every architecture.
constexpr std::string_view kSample = R"({
  "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 13, "defaultErrno": "EACCES",
  "archMap": [
    {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
    {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
    {"architecture": "SCMP_ARCH_RISCV64", "subArchitectures": null}],
  "syscalls": [
    {"names": ["read", "process_mrelease", "call_of_tomorrow"], "action": "SCMP_ACT_ALLOW",
     "args": [], "comment": "", "includes": {}, "excludes": {}},
    {"name": "write", "action": "SCMP_ACT_ALLOW", "args": null},
    {"names": ["call_of_tomorrow"], "action": "SCMP_ACT_LOG"},
    {"names": ["call_of_yesterday"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
    {"names": ["pidfd_open"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "5.3"}},
    {"names": ["pidfd_send_signal"], "action": "SCMP_ACT_ALLOW", "excludes": {"minKernel": "5.3"}},
    {"names": ["pidfd_getfd"], "action": "SCMP_ACT_ALLOW",
     "includes": {"caps": ["CAP_SYS_PTRACE", "CAP_KILL"]}},
    {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38,
     "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["getpid"], "action": "SCMP_ACT_ALLOW",
     "includes": {"arches": ["amd64", "arm64", "riscv64"]}},
    {"names": ["getppid"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
    {"names": ["gettid"], "action": "SCMP_ACT_ALLOW",
     "excludes": {"arches": ["amd64", "arm64", "riscv64"]}},
    {"names": ["getuid"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["s390x"]}},
    {"names": ["setns"], "action": "SCMP_ACT_ERRNO", "errno": "EUSERS", "errnoRet": 1},
    {"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "errno": "71"},
    {"names": ["mount"], "action": "SCMP_ACT_ERRNO"},
    {"names": ["kcmp"], "action": "SCMP_ACT_TRAP"},
    {"names": ["reboot"], "action": "SCMP_ACT_KILL"},
    {"names": ["swapon"], "action": "SCMP_ACT_KILL_THREAD"},
    {"names": ["swapoff"], "action": "SCMP_ACT_KILL_PROCESS"},
    {"names": ["close"], "action": "SCMP_ACT_LOG"},
    {"names": ["acct"], "action": "SCMP_ACT_TRACE", "errnoRet": 7},
    {"names": ["syslog"], "action": "SCMP_ACT_NOTIFY"},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 38, "op": "SCMP_CMP_LT"}, {"index": 1, "value": 2, "op": "SCMP_CMP_NE"}]},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 4294967300, "op": "SCMP_CMP_EQ"}]},
    {"names": ["dup"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 5, "op": "SCMP_CMP_LE"}, {"index": 0, "value": 9, "op": "SCMP_CMP_GT"}]},
    {"names": ["dup3"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 2, "value": 18446744073709551615, "op": "SCMP_CMP_GE"}]},
    {"names": ["statfs"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
    {"names": ["umask"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 3, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}
  ]})";

OciContext With(std::string_view capabilities) {
  OciContext context;
  context.capabilities = ParseCapabilities(capabilities);
  context.kernel = {6, 1};
  return context;
}

std::uint32_t Ask(const World& world, long number,
                  std::initializer_list<std::uint64_t> arguments = {}) {
  return Evaluate(CompileFilter(world), Call(number, arguments));
}

TEST(OciProfile, TakesEachAction) {
  const World world = LoadOciProfile("sample", kSample, With("docker"));
  EXPECT_TRUE(world.filters());
  EXPECT_EQ(Ask(world, SYS_read), kAllow);
  EXPECT_EQ(Ask(world, SYS_write), kAllow);
  EXPECT_EQ(Ask(world, SYS_process_mrelease), kAllow);
  EXPECT_EQ(Ask(world, SYS_statfs), Answers(EACCES));
  EXPECT_EQ(Ask(world, SYS_setns), Answers(EUSERS));
  EXPECT_EQ(Ask(world, SYS_unshare), Answers(71));
  EXPECT_EQ(Ask(world, SYS_mount), Answers(EPERM));
  EXPECT_EQ(Ask(world, SYS_kcmp), SECCOMP_RET_TRAP);
  EXPECT_EQ(Ask(world, SYS_reboot), SECCOMP_RET_KILL_THREAD);
  EXPECT_EQ(Ask(world, SYS_swapon), SECCOMP_RET_KILL_THREAD);
  EXPECT_EQ(Ask(world, SYS_swapoff), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Ask(world, SYS_close), SECCOMP_RET_LOG);
  EXPECT_EQ(Ask(world, SYS_acct), SECCOMP_RET_TRACE | 7u);
  EXPECT_EQ(Ask(world, SYS_syslog), SECCOMP_RET_USER_NOTIF);
}

TEST(OciProfile, ComparesArguments) {
  const World world = LoadOciProfile("sample", kSample, With("docker"));
  const std::uint32_t refused = Answers(EACCES);
  EXPECT_EQ(Ask(world, SYS_socket, {37, 1}), kAllow);
  EXPECT_EQ(Ask(world, SYS_socket, {37, 2}), refused);
  EXPECT_EQ(Ask(world, SYS_socket, {38, 1}), refused);
  EXPECT_EQ(Ask(world, SYS_socket, {4294967300, 2}), kAllow);
  EXPECT_EQ(Ask(world, SYS_socket, {4294967301, 2}), refused);
  // Two conditions on one argument are alternatives.
  EXPECT_EQ(Ask(world, SYS_dup, {5}), kAllow);
  EXPECT_EQ(Ask(world, SYS_dup, {6}), refused);
  EXPECT_EQ(Ask(world, SYS_dup, {9}), refused);
  EXPECT_EQ(Ask(world, SYS_dup, {10}), kAllow);
  EXPECT_EQ(Ask(world, SYS_dup3, {0, 0, ~std::uint64_t{0}}), kAllow);
  EXPECT_EQ(Ask(world, SYS_dup3, {0, 0, ~std::uint64_t{1}}), refused);
  EXPECT_EQ(Ask(world, SYS_umask, {0x16}), kAllow);
  EXPECT_EQ(Ask(world, SYS_umask, {0x17}), refused);
  EXPECT_EQ(Ask(world, SYS_clone, {abi::kClonePidfd | SIGCHLD}), kAllow);
  EXPECT_EQ(Ask(world, SYS_clone, {CLONE_NEWUSER | SIGCHLD}), refused);
}

TEST(OciProfile, HoldsConditionsAgainstTheContext) {
  const World plain = LoadOciProfile("sample", kSample, With("docker"));
  EXPECT_EQ(Ask(plain, SYS_pidfd_getfd), Answers(EACCES));
  EXPECT_EQ(Ask(plain, SYS_clone3), Answers(ENOSYS));
  EXPECT_EQ(Ask(plain, SYS_pidfd_open), kAllow);
  EXPECT_EQ(Ask(plain, SYS_pidfd_send_signal), Answers(EACCES));
  EXPECT_EQ(Ask(plain, SYS_getpid), kAllow);
  EXPECT_EQ(Ask(plain, SYS_getppid), Answers(EACCES));
  EXPECT_EQ(Ask(plain, SYS_gettid), Answers(EACCES));
  EXPECT_EQ(Ask(plain, SYS_getuid), kAllow);

  const World traced = LoadOciProfile("sample", kSample, With("docker,sys_ptrace"));
  EXPECT_EQ(Ask(traced, SYS_pidfd_getfd), kAllow);
  const World half = LoadOciProfile("sample", kSample, With("SYS_PTRACE"));
  EXPECT_EQ(Ask(half, SYS_pidfd_getfd), Answers(EACCES));
  const World all = LoadOciProfile("sample", kSample, With("all"));
  EXPECT_EQ(Ask(all, SYS_clone3), Answers(EACCES));

  OciContext old = With("docker");
  old.kernel = {5, 2};
  const World before = LoadOciProfile("sample", kSample, old);
  EXPECT_EQ(Ask(before, SYS_pidfd_open), Answers(EACCES));
  EXPECT_EQ(Ask(before, SYS_pidfd_send_signal), kAllow);
}

TEST(OciProfile, CallsNewerThanTheProfileAreMissingAsUnderRunc) {
  constexpr long kStatmount = 457;
  const World runc = LoadOciProfile("sample", kSample, With("docker"));
  EXPECT_EQ(Ask(runc, SYS_process_mrelease + 1), Answers(ENOSYS));
  EXPECT_EQ(Ask(runc, SYS_process_mrelease - 1), Answers(EACCES));
  EXPECT_EQ(Ask(runc, kStatmount), Answers(ENOSYS));
  OciContext context = With("docker");
  context.runtime = OciRuntime::kCrun;
  EXPECT_EQ(Ask(LoadOciProfile("sample", kSample, context), kStatmount), Answers(EACCES));
  const std::string_view permissive = R"({"defaultAction": "SCMP_ACT_LOG", "syscalls": [
      {"names": ["pidfd_open"], "action": "SCMP_ACT_ERRNO"}]})";
  EXPECT_EQ(Ask(LoadOciProfile("permissive", permissive, With("none")), kStatmount),
            SECCOMP_RET_LOG);
}

TEST(OciProfile, AnswersEpermForEveryErrnoWhereTheRuntimeDropsThem) {
  for (const std::string_view runtime : {"runsc", "youki"}) {
    OciContext context = With("docker");
    context.runtime = ParseOciRuntime(runtime);
    const World world = LoadOciProfile("sample", kSample, context);
    EXPECT_EQ(world.name, fmt::format("sample as {}", runtime));
    EXPECT_EQ(Ask(world, SYS_clone3), Answers(EPERM));
    EXPECT_EQ(Ask(world, SYS_setns), Answers(EPERM));
    EXPECT_EQ(Ask(world, SYS_getppid), Answers(EPERM));
    EXPECT_EQ(Ask(world, SYS_process_mrelease + 1), Answers(EPERM));
    EXPECT_EQ(Ask(world, SYS_read), kAllow);
    const std::string& note = world.notes.back();
    EXPECT_TRUE(note.starts_with(fmt::format("as {} reads it, which drops errnoRet", runtime)) &&
                note.find("clone3 (ENOSYS)") != std::string::npos)
        << note;
  }
  EXPECT_THROW(ParseOciRuntime("lxc"), std::invalid_argument);
}

TEST(OciProfile, NotesWhatIsWithoutEffect) {
  const World world = LoadOciProfile("sample", kSample, With("docker"));
  ASSERT_EQ(world.notes.size(), 6u) << fmt::format("{}", fmt::join(world.notes, "\n"));
  EXPECT_TRUE(world.notes[0].ends_with("without effect: call_of_tomorrow")) << world.notes[0];
  EXPECT_NE(world.notes[1].find("SCMP_ACT_NOTIFY"), std::string::npos) << world.notes[1];
  EXPECT_NE(world.notes[2].find("SCMP_ACT_TRACE"), std::string::npos) << world.notes[2];
  EXPECT_TRUE(world.notes[3].ends_with(
      "answer EPERM to: clone3 (ENOSYS), setns (EUSERS), unshare (EPROTO), "
      "all that no rule names (EACCES)"))
      << world.notes[3];
  EXPECT_TRUE(world.notes[4].ends_with("repeat the default action: statfs")) << world.notes[4];
  EXPECT_NE(world.notes[5].find("above 448"), std::string::npos) << world.notes[3];
}

TEST(OciProfile, TakesAContainersWholeConfiguration) {
  const std::string whole = fmt::format(R"({{"linux": {{"seccomp": {}}}}})", kSample);
  EXPECT_EQ(CompileFilter(LoadOciProfile("config", whole, With("docker"))).size(),
            CompileFilter(LoadOciProfile("sample", kSample, With("docker"))).size());
}

TEST(OciProfile, NamesThePlaceAndTheFix) {
  struct Row {
    std::string_view json;
    std::string_view complaint;
  };
  const Row rows[] = {
      {"{", "not valid JSON: parse error at line 1, column 2"},
      {"[]", "the profile is not an object; use {...}"},
      {"{}", "defaultAction is missing; add it"},
      {R"({"linux": {}})", "linux.seccomp is missing"},
      {R"({"defaultAction": 5})", "defaultAction 5 is not text"},
      {R"({"defaultAction": "ALLOW"})",
       "defaultAction \"ALLOW\" is not a known action; use one of: SCMP_ACT_"},
      {R"({"defaultAction": "SCMP_ACT_NOTIFY"})", "\"SCMP_ACT_NOTIFY\" cannot be the default"},
      {R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 5000})",
       "defaultErrnoRet 5000 is not a whole number from 0 to 4095"},
      {R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSUCH"})",
       "defaultErrno \"ENOSUCH\" is not an errno"},
      {R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": {}})", "syscalls is not a list"},
      {R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [5]})", "syscalls[0] 5 is not an object"},
      {R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["a"], "archMap": [{}]})",
       "has both architectures and archMap"},
  };
  const Row rules[] = {
      {R"({"names": ["read"]})", "syscalls[0].action is missing"},
      {R"({"action": "SCMP_ACT_TRAP"})", "syscalls[0] names no call"},
      {R"({"names": [""], "action": "SCMP_ACT_TRAP"})", "syscalls[0].names[0] \"\" is not a call"},
      {R"({"names": [1], "action": "SCMP_ACT_TRAP"})", "syscalls[0].names[0] 1 is not text"},
      {R"({"names": "read", "action": "SCMP_ACT_TRAP"})",
       "syscalls[0].names \"read\" is not a list"},
      {R"({"names": ["read"], "action": "SCMP_ACT_TRAP", "includes": {"minKernel": "new"}})",
       "syscalls[0].includes.minKernel \"new\" is not a kernel release"},
      {R"({"names": ["read"], "action": "SCMP_ACT_TRAP", "args": [{"op": "SCMP_CMP_EQ"}]})",
       "syscalls[0].args[0].index is missing"},
      {R"({"names": ["read"], "action": "SCMP_ACT_TRAP", "args": [
           {"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]})",
       "syscalls[0].args[0].index 6 is not a whole number from 0 to 5"},
      {R"({"names": ["read"], "action": "SCMP_ACT_TRAP", "args": [
           {"index": 1, "value": -1, "op": "SCMP_CMP_EQ"}]})",
       "syscalls[0].args[0].value -1 is not a whole number"},
      {R"({"names": ["read"], "action": "SCMP_ACT_TRAP", "args": [
           {"index": 1, "value": 1, "op": "=="}]})",
       "syscalls[0].args[0].op \"==\" is not a known comparison; use one of: SCMP_CMP_EQ"},
  };
  const auto complaint = [](std::string_view json) -> std::string {
    try {
      LoadOciProfile("bad", json, With("docker"));
    } catch (const std::invalid_argument& mistake) {
      return mistake.what();
    }
    return "";
  };
  const auto expect = [&](const std::string& json, std::string_view part) {
    const std::string notes = complaint(json);
    EXPECT_TRUE(notes.starts_with("seccomp profile 'bad': ")) << json << "\n" << notes;
    EXPECT_NE(notes.find(part), std::string::npos) << json << "\n" << notes;
    EXPECT_EQ(notes.find('\n'), std::string::npos) << notes;
  };
  for (const Row& row : rows) expect(std::string(row.json), row.complaint);
  for (const Row& row : rules) {
    expect(fmt::format(R"({{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{}]}})", row.json),
           row.complaint);
  }
}

TEST(Capabilities, AreSetsWordsAndNames) {
  EXPECT_EQ(ParseCapabilities("docker").size(), 14u);
  EXPECT_EQ(ParseCapabilities("podman").size(), 11u);
  EXPECT_EQ(ParseCapabilities("none").size(), 0u);
  EXPECT_EQ(ParseCapabilities("all").size(), 41u);
  EXPECT_EQ(ParseCapabilities("cap_sys_ptrace,KILL"), (Capabilities{"CAP_KILL", "CAP_SYS_PTRACE"}));
  EXPECT_EQ(ParseCapabilities("docker,SYS_ADMIN").size(), 15u);
  EXPECT_THROW(ParseCapabilities("SYS_PTRAC"), std::invalid_argument);
  EXPECT_THROW(ParseCapabilities(""), std::invalid_argument);
  EXPECT_THROW(ParseCapabilities("docker,"), std::invalid_argument);
}

}  // namespace
}  // namespace pidproof::oci_profile_test

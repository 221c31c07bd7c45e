// pidproof-restrict WORD=VALUE... COMMAND [ARGUMENT...]
//
// Executes a command under restrictions that no tool of util-linux sets. Words are applied in the
// order given, so several launchers, or other tools of that kind (prlimit, setpriv, unshare), can
// stand before one another. Mounts are made in a mount namespace of its own: nothing is left
// behind. Exit status 125 and one line where a restriction cannot be set here, else that of the
// command.

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

namespace {

namespace fs = std::filesystem;

using Command = char**;

[[noreturn]] void Refuse(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}
[[noreturn]] void Misuse(const std::string& what) { throw std::invalid_argument(what); }

// ---- descriptors and signals

void Close(const std::string& descriptor, Command) {
  if (close(std::stoi(descriptor)) < 0) Refuse("close " + descriptor);
}

template <typename Action>
void ForSignals(const std::string& which, Action action) {
  const std::map<std::string, int> named{
      {"SIGCHLD", SIGCHLD}, {"SIGALRM", SIGALRM}, {"SIGPIPE", SIGPIPE},
      {"SIGUSR1", SIGUSR1}, {"SIGTERM", SIGTERM}, {"SIGHUP", SIGHUP},
      {"SIGINT", SIGINT},   {"SIGSEGV", SIGSEGV}, {"SIGSYS", SIGSYS}};
  const auto one = named.find(which);
  if (one != named.end()) return action(one->second);
  if (which != "all") Misuse("no signal is called " + which);
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) action(number);
  }
}

void Ignore(const std::string& which, Command) {
  ForSignals(which, [](int number) {
    signal(number, SIG_IGN);
  });  // glibc keeps two for itself: those fail
}

void Block(const std::string& which, Command) {
  sigset_t blocked;
  sigemptyset(&blocked);
  ForSignals(which, [&](int number) { sigaddset(&blocked, number); });
  if (sigprocmask(SIG_BLOCK, &blocked, nullptr) < 0) Refuse("block " + which);
}

// Leaves the command a child that it did not fork, running or a zombie: children survive execve.
void Bequeath(const std::string& what, Command) {
  if (what != "zombie" && what != "child") Misuse("bequeath=zombie or child, not " + what);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) Refuse("fork");
  if (child > 0) return;
  if (what == "zombie") _exit(7);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int descriptor = 0; descriptor < 3; ++descriptor) close(descriptor);
  while (getppid() == parent) pause();
  _exit(0);
}

// ---- mounts

void OwnMounts() {
  if (unshare(CLONE_NEWNS) < 0) Refuse("a mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) Refuse("private mounts");
}

// A new /proc with these options.
void Proc(const std::string& options, Command) {
  OwnMounts();
  if (mount("proc", "/proc", "proc", 0, options.c_str()) < 0) Refuse("mount /proc with " + options);
}

void ReadOnly(const std::string& folder, Command) {
  OwnMounts();
  if (mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0)
    Refuse("bind " + folder);
  if (mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) < 0) {
    Refuse("read-only " + folder);
  }
}

void Bind(const fs::path& from, const fs::path& to) {
  if (mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0)
    Refuse("bind " + from.string());
}

// A new root, mounted over /run, with everything of the old one but that folder.
void Absent(const std::string& folder, Command) {
  OwnMounts();
  const fs::path root = "/run";
  const int old_run =
      open_tree(AT_FDCWD, "/run", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (old_run < 0) Refuse("/run");
  if (mount("root", root.c_str(), "tmpfs", 0, "mode=755") < 0) Refuse("a new root");
  for (const fs::directory_entry& entry : fs::directory_iterator("/")) {
    const fs::path to = root / entry.path().filename();
    if (entry.path() == folder) continue;
    if (entry.is_symlink()) {
      fs::create_symlink(fs::read_symlink(entry.path()), to);
    } else if (entry.is_directory()) {
      fs::create_directory(to);
      if (entry.path() != root) Bind(entry.path(), to);
    }
  }
  if (move_mount(old_run, "", AT_FDCWD, "/run/run", MOVE_MOUNT_F_EMPTY_PATH) < 0)
    Refuse("the old /run");
  close(old_run);
  if (chroot(root.c_str()) < 0 || chdir("/") < 0) Refuse("the new root");
}

// ---- namespaces

void WriteFile(const std::string& file, const std::string& text) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0 || write(descriptor, text.data(), text.size()) < 0) Refuse(file);
  close(descriptor);
}

// One user namespace in another, each with root mapped to root, as deep as asked, or until the
// kernel refuses.
void NestUsers(const std::string& depth, Command) {
  const int wanted = depth == "limit" ? 1000 : std::stoi(depth);
  for (int level = 0; level < wanted; ++level) {
    if (unshare(CLONE_NEWUSER) < 0) {
      if (depth == "limit" && level > 0 && (errno == EUSERS || errno == ENOSPC)) return;
      Refuse("user namespace " + std::to_string(level + 1));
    }
    WriteFile("/proc/self/setgroups", "deny");
    WriteFile("/proc/self/uid_map", "0 0 1");
    WriteFile("/proc/self/gid_map", "0 0 1");
  }
}

// ---- Landlock

// linux/landlock.h of 6.12; Debian 12's is older.
struct LandlockRules {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};
constexpr std::uint64_t kScopeSignals = 1 << 1;

std::uint64_t FilesOf(long abi) {
  if (abi >= 5) return (1ULL << 16) - 1;  // LANDLOCK_ACCESS_FS_IOCTL_DEV
  if (abi >= 3) return (1ULL << 15) - 1;  // LANDLOCK_ACCESS_FS_TRUNCATE
  return abi == 2 ? (1ULL << 14) - 1 : (1ULL << 13) - 1;
}

void Allow(int rules, const char* file, std::uint64_t access) {
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = access;
  beneath.parent_fd = open(file, O_PATH | O_CLOEXEC);
  if (beneath.parent_fd < 0) Refuse(file);
  if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
    Refuse("a Landlock rule");
  close(beneath.parent_fd);
}

// The path of this program by /proc, if it is there.
std::string OwnFolder() {
  std::error_code failed;
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  return failed ? "/run" : self.parent_path().string();
}

// Allows no access to files but to read and execute the programs beside this one.
void Landlock(const std::string& what, Command) {
  const bool files = what == "files" || what == "both";
  const bool signals = what == "signals" || what == "both";
  if (!files && !signals) Misuse("landlock=files, signals or both, not " + what);
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 0) Refuse("no Landlock here");
  errno = ENOSYS;
  if (signals && abi < 6) Refuse("Landlock without scopes");
  LandlockRules attributes{files ? FilesOf(abi) : 0, 0, signals ? kScopeSignals : 0};
  const std::size_t size = signals ? sizeof attributes : sizeof attributes.files;
  const int rules = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  if (rules < 0) Refuse("Landlock rules");
  if (files)
    Allow(rules, OwnFolder().c_str(), LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (syscall(SYS_landlock_restrict_self, rules, 0) < 0) Refuse("Landlock");
  close(rules);
}

// ---- seccomp

int ErrnoOf(const std::string& name) {
  const std::map<std::string, int> known{{"ENOSYS", ENOSYS}, {"EPERM", EPERM},
                                         {"EACCES", EACCES}, {"EINVAL", EINVAL},
                                         {"EAGAIN", EAGAIN}, {"ENOMEM", ENOMEM}};
  const auto found = known.find(name);
  if (found == known.end()) Misuse("no errno is called " + name);
  return found->second;
}

// CALL:ERRNO: that call answers so. The launcher's own execve, known by the address of its path, is
// allowed.
void RefuseCall(const std::string& refusal, Command command) {
  const std::size_t colon = refusal.find(':');
  if (colon == std::string::npos) Misuse("refuse=CALL:ERRNO, not " + refusal);
  const std::string name = refusal.substr(0, colon);
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number == __NR_SCMP_ERROR) Misuse("no system call is called " + name);
  const std::uint32_t action =
      SCMP_ACT_ERRNO(static_cast<std::uint32_t>(ErrnoOf(refusal.substr(colon + 1))));
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  const int added =
      number == SYS_execve
          ? seccomp_rule_add(filter, action, number, 1,
                             SCMP_A0(SCMP_CMP_NE, reinterpret_cast<std::uint64_t>(command[0])))
          : seccomp_rule_add(filter, action, number, 0);
  if (added < 0) Misuse("no rule for " + name + ": " + std::strerror(-added));
  const int loaded = seccomp_load(filter);
  errno = -loaded;
  if (loaded < 0) Refuse("the filter");
}

// ---- the table

struct Restriction {
  void (*apply)(const std::string& value, Command command);
  const char* values;
};

const std::map<std::string, Restriction> kRestrictions{
    {"close", {Close, "DESCRIPTOR"}},
    {"ignore", {Ignore, "SIGNAL or all"}},
    {"block", {Block, "SIGNAL or all"}},
    {"bequeath", {Bequeath, "zombie or child"}},
    {"proc", {Proc, "mount options of a new /proc"}},
    {"read-only", {ReadOnly, "FOLDER"}},
    {"absent", {Absent, "FOLDER of the root"}},
    {"nest-users", {NestUsers, "DEPTH or limit"}},
    {"landlock", {Landlock, "files, signals or both"}},
    {"refuse", {RefuseCall, "CALL:ERRNO"}},
};

int Usage() {
  std::fputs("usage: pidproof-restrict RESTRICTION=VALUE... COMMAND [ARGUMENT...]\n", stderr);
  for (const auto& [name, restriction] : kRestrictions) {
    std::fprintf(stderr, "  %s=%s\n", name.c_str(), restriction.values);
  }
  return 2;
}

// Where the words of restrictions end and the command begins.
Command CommandIn(char** words) {
  while (*words != nullptr &&
         kRestrictions.count(std::string(*words).substr(0, std::strcspn(*words, "="))) != 0) {
    ++words;
  }
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kCannot = 125;  // as with env(1) and timeout(1)
  const Command command = argc > 1 ? CommandIn(argv + 1) : argv + 1;
  if (command == argv + 1 || *command == nullptr) return Usage();
  try {
    for (char** word = argv + 1; word != command; ++word) {
      const std::string text = *word;
      const std::size_t length = text.find('=');
      if (length == std::string::npos) Misuse("give " + text + " a value");
      kRestrictions.at(text.substr(0, length)).apply(text.substr(length + 1), command);
    }
    execvp(command[0], command);
    Refuse(command[0]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pidproof-restrict: %s\n", error.what());
    return kCannot;
  }
}

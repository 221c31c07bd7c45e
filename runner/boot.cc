#include "runner/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

#include "probes/system/fd.h"
#include "probes/system/sys.h"

namespace pidproof::runner {

namespace {

void Mount(const char* type, const char* where) {
  mkdir(where, 0755);
  mount(type, where, type, 0, nullptr);
}

// The kernel opened a console before there was a /dev, if it could.
void OpenConsole() {
  const int console = open("/dev/console", O_RDWR);
  for (int fd = 0; fd <= 2; ++fd) {
    if (console >= 0 && fcntl(fd, F_GETFD) < 0) dup2(console, fd);
  }
}

// What the kernel was built without is not distributed.
void Distribute(const std::string& cgroup) {
  const Fd control(open((cgroup + "/cgroup.subtree_control").c_str(), O_WRONLY | O_CLOEXEC));
  for (const std::string_view controller : {"+memory", "+io", "+pids"}) {
    [[maybe_unused]] const ssize_t written =
        write(control.get(), controller.data(), controller.size());
  }
}

}  // namespace

bool IsInit(const char* name) {
  return getpid() == 1 && (std::string_view(name) == "/init" || std::string_view(name) == "init");
}

void BootAndRun(const std::function<int()>& job) {
  Mount("proc", "/proc");
  Mount("sysfs", "/sys");
  Mount("devtmpfs", "/dev");
  Mount("tmpfs", "/tmp");
  OpenConsole();
  const Result<pid_t> child = sys::Fork();
  if (child.ok() && *child == 0) _exit(job());
  while (child.ok()) {
    const pid_t reaped = waitpid(-1, nullptr, 0);
    if (reaped == *child || (reaped < 0 && errno != EINTR)) break;
  }
  sync();
  reboot(RB_POWER_OFF);
  reboot(RB_AUTOBOOT);
  _exit(1);
}

std::vector<std::string> MountCgroups() {
  std::vector<std::string> mounted;
  const std::string version2 = "/sys/fs/cgroup";
  if (mount("cgroup2", version2.c_str(), "cgroup2", 0, nullptr) == 0) {
    Distribute(version2);
    mounted.push_back(version2);
  }
  const std::string freezer = "/tmp/freezer";
  mkdir(freezer.c_str(), 0755);
  if (mount("cgroup", freezer.c_str(), "cgroup", 0, "freezer") == 0) mounted.push_back(freezer);
  return mounted;
}

}  // namespace pidproof::runner

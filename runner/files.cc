#include "runner/files.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <vector>

#include "probes/system/fd.h"

namespace pidproof::runner {

namespace {

[[noreturn]] void Fail(const std::string& file, std::string_view fix) {
  throw std::runtime_error(fmt::format("{}: {}; {}", file, std::strerror(errno), fix));
}

// A terminal line would turn every newline into two characters: raw while the text is written, then
// as before.
class RawTerminal {
 public:
  explicit RawTerminal(int terminal)
      : terminal_(terminal), is_terminal_(tcgetattr(terminal, &before_) == 0) {
    if (!is_terminal_) return;
    termios raw = before_;
    cfmakeraw(&raw);
    tcsetattr(terminal_, TCSANOW, &raw);
  }
  ~RawTerminal() {
    if (!is_terminal_) return;
    tcdrain(terminal_);
    tcsetattr(terminal_, TCSANOW, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;

 private:
  int terminal_;
  termios before_{};
  bool is_terminal_;
};

std::string_view FixOfWriting(int error) {
  if (error == EFBIG) return "raise RLIMIT_FSIZE (ulimit -f), or write to a pipe";
  if (error == EMFILE) return "raise RLIMIT_NOFILE (ulimit -n)";
  if (error == ENOSPC || error == EDQUOT) return "free space there, or name another place";
  if (error == EBADF) return "open it for writing";
  return "name a file that can be written, in a folder that can be";
}

// name: what the user called the file.
void WriteInto(int file, const std::string& name, std::string_view text) {
  const RawTerminal raw(file);
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) Fail(name, FixOfWriting(errno));
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// The file behind the name, whatever links lead there.
std::string Target(const std::string& name) {
  std::error_code none;
  if (std::filesystem::is_symlink(name, none) && !std::filesystem::exists(name, none)) {
    return std::filesystem::path(name).parent_path() / std::filesystem::read_symlink(name, none);
  }
  const std::filesystem::path target = std::filesystem::weakly_canonical(name, none);
  return none ? name : target.string();
}

bool IsDevice(const std::string& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 && (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode));
}

// Equal for all names of one file, also of one that is not there yet.
std::string IdentityOf(const std::string& name) {
  struct stat status {};
  const bool exists =
      name == "-" ? fstat(STDOUT_FILENO, &status) == 0 : stat(name.c_str(), &status) == 0;
  if (exists) return fmt::format("{}:{}", status.st_dev, status.st_ino);
  std::error_code none;
  return std::filesystem::absolute(Target(name), none).lexically_normal().string();
}

void RefuseWhatIsNoFile(const std::string& name) {
  struct stat status {};
  if (stat(name.c_str(), &status) != 0 || S_ISREG(status.st_mode) || IsDevice(name)) return;
  errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  Fail(name, FixOfWriting(errno));
}

// A device or pipe, opened. A pipe that no process reads is an error, not something to wait for.
Fd OpenDevice(const std::string& name) {
  Fd device(open(name.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!device) Fail(name, FixOfWriting(errno));
  fcntl(device.get(), F_SETFL, 0);
  return device;
}

constexpr std::string_view kPart = ".part";

// False where another open file holds the lock.
bool Lock(int file) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  return fcntl(file, F_OFD_SETLK, &whole) == 0;
}

// A new file beside the target that takes its place once it is whole, and with its rights.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& name)
      : name_(name),
        target_(Target(name)),
        part_(fmt::format("{}.{}{}", target_, getpid(), kPart)) {
    struct stat status {};
    const bool exists = stat(target_.c_str(), &status) == 0;
    file_ = Fd(open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!file_) Fail(name_, FixOfWriting(errno));
    Lock(file_.get());  // for RemoveAbandoned
    if (exists) fchmod(file_.get(), status.st_mode & 07777);
  }
  ~AtomicFile() {
    if (file_) std::remove(part_.c_str());
  }
  AtomicFile(const AtomicFile&) = delete;

  void Write(std::string_view text) { WriteInto(file_.get(), name_, text); }
  // False where a new file may not take the place of another.
  bool TakeItsPlace() {
    if (std::rename(part_.c_str(), target_.c_str()) != 0) return false;
    file_.reset();
    return true;
  }

 private:
  std::string name_;
  std::string target_;
  std::string part_;
  Fd file_;
};

// Removes the parts that were left by processes which were killed while they wrote: those that
// no process holds a lock of. A PID says nothing in another PID namespace.
void RemoveAbandoned(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code none;  // of a working directory that is gone, too
  const fs::path target = fs::absolute(Target(name), none);
  const std::string stem = target.filename().string() + ".";
  for (const fs::directory_entry& entry : fs::directory_iterator(target.parent_path(), none)) {
    const std::string file = entry.path().filename();
    const bool is_part =
        file.starts_with(stem) && file.ends_with(kPart) &&
        file.size() > stem.size() + kPart.size() &&
        file.find_first_not_of("0123456789", stem.size()) == file.size() - kPart.size();
    if (!is_part || !entry.is_regular_file(none)) continue;
    const Fd part(open(entry.path().c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (part && Lock(part.get())) fs::remove(entry.path(), none);
  }
}

}  // namespace

void WriteOutput(const std::string& where, std::string_view text) {
  signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error to report, not to die of
  if (where == "-") return WriteInto(STDOUT_FILENO, "stdout", text);
  RefuseWhatIsNoFile(where);
  if (IsDevice(where)) return WriteInto(OpenDevice(where).get(), where, text);
  AtomicFile part(where);
  part.Write(text);
  if (part.TakeItsPlace()) return;
  // A document that is written over the old one is better than none.
  const Fd file(open(where.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (!file) Fail(where, FixOfWriting(errno));
  WriteInto(file.get(), where, text);
}

bool IsReplaceable(const std::string& where) {
  return !where.empty() && where != "-" && !IsDevice(where);
}

void CheckDeliverable(const std::string& where) {
  if (where.empty() || where == "-") return;
  RefuseWhatIsNoFile(where);
  if (IsDevice(where)) {
    OpenDevice(where);
  } else {
    RemoveAbandoned(where);
    AtomicFile{where};
  }
}

void RefuseOneForTwo(const std::vector<std::string>& outputs,
                     const std::vector<std::string>& inputs) {
  std::map<std::string, std::string> places;
  for (const std::string& input : inputs) {
    if (input != "-" && !IsDevice(input)) places.emplace(IdentityOf(input), input);
  }
  for (const std::string& output : outputs) {
    if (output.empty() || IsDevice(output)) continue;
    const auto [place, is_new] = places.emplace(IdentityOf(output), output);
    if (is_new) continue;
    throw std::invalid_argument(
        fmt::format("'{}' is the same place as '{}': name another", output, place->second));
  }
}

std::string ReadInput(const std::string& file) {
  constexpr char kAdvice[] = "name a file that can be read";
  std::error_code none;
  if (std::filesystem::is_directory(file, none)) {
    errno = EISDIR;
    Fail(file, kAdvice);
  }
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) Fail(file, kAdvice);
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string text;
  std::vector<char> block(1U << 20);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() <= kLargestInput) continue;
    errno = EFBIG;
    Fail(file, kAdvice);
  }
  if (in.bad()) Fail(file, kAdvice);
  return text;
}

}  // namespace pidproof::runner

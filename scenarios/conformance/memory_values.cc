// process_madvise: which is checked first, the advice or the caller's rights; and advice that came
// later, MADV_PAGEOUT and guard regions.
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <numeric>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/shared.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::memory_values {
namespace {

constexpr char kOwnOnly[] = "madvise(2) only affects the caller's own memory";
constexpr int kNoAdvice = 77;
const std::vector<std::string_view> kNeeds = {"pidfd_open", "process_madvise"};

std::size_t PageSize() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

// Pages of this process, and of children that are made later, that hold 1.
iovec DirtyPages(std::size_t count = 1) {
  const std::size_t size = count * PageSize();
  void* const pages =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Require(pages != MAP_FAILED);
  for (std::size_t at = 0; at < size; at += PageSize()) static_cast<char*>(pages)[at] = 1;
  return {pages, size};
}

Outcome Advised(const Result<ssize_t>& advised) {
  if (!advised.ok()) return Outcome::Of(advised.error());
  return *advised == 0 ? "nothing" : "some_bytes";
}

// A living child, and its first bytes.
struct Target {
  explicit Target(Arena& arena)
      : page(DirtyPages()),
        child(arena.Spawn(body::Lingers)),
        pidfd(Require(tested::PidfdOpen(child.pid(), 0))) {}
  Result<ssize_t> Advise(int advice, std::size_t length) const {
    const iovec range{page.iov_base, length};
    return sys::ProcessMadvise(pidfd.get(), {&range, 1}, advice, 0);
  }
  iovec page;
  Child child;
  Fd pidfd;
};

// madvise(2) has nothing to do for an empty range, and checks the advice all the same.
const Registered<Conformance> kEmpty{{
    .name = "memory/advise_unknown_about_nothing",
    .question = "Is an advice that does not exist refused for an empty range too?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the advice is checked before the range",
                    "mm/madvise.c madvise_behavior_valid, process_madvise_remote_valid")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena& arena) -> Outcome {
                const Target target(arena);
                return SameForEach<std::size_t>({0, target.page.iov_len}, [&](std::size_t length) {
                  return Advised(target.Advise(kNoAdvice, length));
                });
              }},
    .legacy = {.ask = [](Arena&) -> Outcome {
      const iovec page = DirtyPages();
      return SameForEach<std::size_t>({0, page.iov_len}, [&](std::size_t length) {
        return Outcome::Of(madvise(page.iov_base, length, kNoAdvice) == 0 ? 0 : errno);
      });
    }},
}};

const Registered<Conformance> kWithoutRight{{
    .name = "memory/advise_unknown_without_right",
    .question = "Does process_madvise check the advice before it requires CAP_SYS_NICE?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("einval", "the capability is the last thing that is checked",
                              "mm/madvise.c process_madvise")},
              .ask = [](Arena& arena) -> Outcome {
                Require(sys::DropCapabilities());
                const Target target(arena);
                return SameForEach({kNoAdvice, MADV_DONTNEED}, [&](int advice) {
                  return Advised(target.Advise(advice, target.page.iov_len));
                });
              }},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kByAnotherUser{{
    .name = "memory/advise_unknown_by_another_user",
    .question = "Does process_madvise check the advice before the access to the process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must(
                             "eacces",
                             "only the owner of the memory may give any advice: that is seen first",
                             "Linux 6.13 mm/madvise.c process_madvise")
                             .Since(eras::kOwnAdviceOfAnyKind),
                         May("einval", "the advice was checked first", "mm/madvise.c")
                             .Until(eras::kOwnAdviceOfAnyKind)},
              .ask = [](Arena& arena) -> Outcome {
                const Target target(arena);
                return CallUnprivileged(
                    arena, [&] { return target.Advise(kNoAdvice, target.page.iov_len).error(); });
              }},
    .legacy = NotPossible(kOwnOnly),
}};

// Lets its parent advise about the page, and then exits with what the page holds.
struct Paged {
  char* page = nullptr;
};

int ReadsPage(int gate) {
  body::Pass(gate);
  return *static_cast<volatile char*>(Shared<Paged>().page);
}

const Registered<Conformance> kPageout{{
    .name = "memory/page_out",
    .question = "Does memory keep its contents when it is to be paged out (MADV_PAGEOUT)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("kept", "pages are written back first, or stay where they cannot be",
                    "madvise(2) MADV_PAGEOUT, process_madvise(2)")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena& arena) -> Outcome {
                const iovec page = DirtyPages();
                Shared<Paged>().page = static_cast<char*>(page.iov_base);
                Child child = arena.Spawn(ReadsPage);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const Result<ssize_t> advised =
                    sys::ProcessMadvise(pidfd.get(), {&page, 1}, abi::kMadvPageout, 0);
                if (advised.error() == EPERM) {
                  throw Unsupported("CAP_SYS_NICE is missing in the initial user namespace");
                }
                if (!advised.ok()) return Outcome::Of(advised.error());
                child.Open();
                return child.Reap().si_status == 1 ? "kept" : "lost";
              }},
    .legacy = {.ask = [](Arena&) -> Outcome {
      const iovec page = DirtyPages();
      if (madvise(page.iov_base, page.iov_len, abi::kMadvPageout) < 0) {
        throw Unsupported("madvise(2) does not support MADV_PAGEOUT here");
      }
      return *static_cast<volatile char*>(page.iov_base) == 1 ? "kept" : "lost";
    }},
}};

// Whether the kernel can read the first byte of the page.
bool IsReadable(const iovec& page) {
  const Fd file(memfd_create("guarded", MFD_CLOEXEC));
  Require(static_cast<bool>(file));
  return write(file.get(), page.iov_base, 1) == 1;
}

// Guards every other of a few pages, sees that they and no others are inaccessible, and removes the
// guards. advise: gives that advice about those pages, and returns the errno.
template <typename Advise>
Outcome Guard(Advise advise) {
  constexpr std::size_t kPages = 6;
  const iovec all = DirtyPages(kPages);
  std::array<iovec, kPages> pages;
  for (std::size_t i = 0; i < kPages; ++i) {
    pages[i] = {static_cast<char*>(all.iov_base) + i * PageSize(), PageSize()};
  }
  const std::array guarded = {pages[0], pages[2], pages[4]};
  const int installed = advise(guarded, abi::kMadvGuardInstall);
  if (installed != 0) return Outcome::Of(installed);
  for (std::size_t i = 0; i < kPages; ++i) {
    if (IsReadable(pages[i]) == (i % 2 == 0)) return "other_pages";
  }
  const int removed = advise(guarded, abi::kMadvGuardRemove);
  if (removed != 0) return Outcome::Of(removed);
  for (const iovec& page : pages) {
    if (!IsReadable(page)) return "not_removed";
  }
  return "guarded";
}

// The one range of madvise(2), again and again.
int MadviseEach(std::span<const iovec> ranges, int advice) {
  return std::accumulate(ranges.begin(), ranges.end(), 0, [&](int error, const iovec& range) {
    if (error != 0) return error;
    return madvise(range.iov_base, range.iov_len, advice) == 0 ? 0 : errno;
  });
}

const Registered<Conformance> kGuards{{
    .name = "memory/guard_pages",
    .question = "Can a process guard several of its own pages against access (MADV_GUARD_INSTALL)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("guarded", "an access to a guarded page fails until the guard is removed",
                    "madvise(2) MADV_GUARD_INSTALL")},
    .pidfd = {.needs = {"self/process_madvise"},
              .ask = [](Arena&) -> Outcome {
                return Guard([](std::span<const iovec> ranges, int advice) {
                  return sys::ProcessMadvise(abi::kSelfThread, ranges, advice, 0).error();
                });
              }},
    .legacy = {.needs = {"self/process_madvise"},
               .ask = [](Arena&) -> Outcome { return Guard(MadviseEach); }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::memory_values

// process_madvise: advice about another process's memory, and about the caller's own.
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::memory_advice {
namespace {

constexpr char kOwnOnly[] = "madvise(2) only affects the caller's own memory";

std::size_t PageSize() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

// A page that is not zero. Later children have it at the same address.
iovec DirtyPage() {
  void* const page =
      mmap(nullptr, PageSize(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Require(page != MAP_FAILED);
  *static_cast<char*>(page) = 1;
  return {page, PageSize()};
}

// A page where nothing is mapped, here and in later children.
iovec Hole() {
  const iovec page = DirtyPage();
  Require(munmap(page.iov_base, page.iov_len) == 0);
  return page;
}

// Advice about others needs CAP_SYS_NICE in the initial user namespace, as does lowering one's own
// nice value.
void NeedNice() {
  const rlimit none{0, 0};
  Require(setrlimit(RLIMIT_NICE, &none) == 0);
  if (setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) - 1) < 0) {
    throw Unsupported("CAP_SYS_NICE is missing in the initial user namespace");
  }
}

// madvise(2) with the same advice.
Outcome MadviseCold(const iovec& range) {
  return Outcome::Of(madvise(range.iov_base, range.iov_len, abi::kMadvCold) == 0 ? 0 : errno);
}

void NeedCold() {
  if (MadviseCold(DirtyPage()) != Outcome("ok")) {
    throw Unsupported("madvise(2) does not support MADV_COLD here");
  }
}

Outcome PidfdInfoReply(const Result<ssize_t>& advised) {
  if (!advised.ok()) return Outcome::Of(advised.error());
  if (*advised == 0) return "nothing";
  return *advised == static_cast<ssize_t>(PageSize()) ? "one_page" : "other_size";
}

// Advice about these ranges of a child that stays alive.
Outcome AdviseChild(Arena& arena, std::span<const iovec> ranges, int advice = abi::kMadvCold,
                    unsigned flags = 0) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  return PidfdInfoReply(sys::ProcessMadvise(pidfd.get(), ranges, advice, flags));
}

Outcome AdviseSelf(int advice, const iovec& range) {
  const Fd pidfd = Require(tested::PidfdOpen(getpid(), 0));
  return PidfdInfoReply(sys::ProcessMadvise(pidfd.get(), {&range, 1}, advice, 0));
}

const Registered<Conformance> kChild{{
    .name = "memory/advise_child",
    .question = "What does process_madvise return for advice about a child's memory?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("one_page", "the number of bytes advised", "process_madvise(2)")},
              .ask = [](Arena& arena) -> Outcome {
                NeedNice();
                const iovec page = DirtyPage();
                return AdviseChild(arena, {&page, 1});
              }},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kWithoutNice{{
    .name = "memory/advise_child_without_right",
    .question = "Can a process without CAP_SYS_NICE advise about its child's memory?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("eperm",
                              "advice can slow the target down, so it requires CAP_SYS_NICE",
                              "process_madvise(2)")
                             .Since(eras::kAdviceNeedsNice),
                         May("one_page", "at first, permission to trace the target was sufficient",
                             "Linux 5.10 mm/madvise.c")
                             .Until(eras::kAdviceNeedsNice)},
              .ask = [](Arena& arena) -> Outcome {
                Require(sys::DropCapabilities());
                const iovec page = DirtyPage();
                return AdviseChild(arena, {&page, 1});
              }},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kSelfWithoutNice{{
    .name = "memory/advise_self_without_right",
    .question = "Can a process without CAP_SYS_NICE advise about its own memory?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("one_page",
                              "a process needs no capability to advise about its own memory",
                              "Linux 6.12 mm/madvise.c process_madvise")
                             .Since(eras::kOwnAdviceIsFree),
                         May("eperm", "the capability was required for every target",
                             "mm/madvise.c process_madvise")
                             .Until(eras::kOwnAdviceIsFree)},
              .ask = [](Arena&) -> Outcome {
                Require(sys::DropCapabilities());
                return AdviseSelf(abi::kMadvCold, DirtyPage());
              }},
    .legacy = {.claims = {Must("ok", "madvise(2) needs no capability", "madvise(2)")},
               .ask = [](Arena&) -> Outcome {
                 NeedCold();
                 Require(sys::DropCapabilities());
                 return MadviseCold(DirtyPage());
               }},
}};

const Registered<Conformance> kDestructive{{
    .name = "memory/discard_of_child",
    .question = "Can process_madvise discard the contents of another process's memory?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("einval",
                              "only advice that keeps the contents is allowed for other processes",
                              "process_madvise(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const iovec page = DirtyPage();
                return SameForEach({MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_DONTFORK},
                                   [&](int advice) {
                                     return AdviseChild(arena, {&page, 1}, advice);
                                   });
              }},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kOwnDestructive{{
    .name = "memory/discard_of_own",
    .question = "Can the caller's own memory be discarded through a pidfd of itself?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("discarded", "a process can give any advice about itself",
                              "Linux 6.13 mm/madvise.c process_madvise")
                             .Since(eras::kOwnAdviceOfAnyKind),
                         May("einval", "the advice was restricted for every target",
                             "mm/madvise.c process_madvise")
                             .Until(eras::kOwnAdviceOfAnyKind)},
              .ask = [](Arena&) -> Outcome {
                const iovec page = DirtyPage();
                const Outcome outcome = AdviseSelf(MADV_DONTNEED, page);
                if (outcome != Outcome("one_page")) return outcome;
                return *static_cast<volatile char*>(page.iov_base) == 0 ? "discarded" : "kept";
              }},
    .legacy = {.claims = {Must("discarded", "an anonymous page then reads as 0",
                               "madvise(2) MADV_DONTNEED")},
               .ask = [](Arena&) -> Outcome {
                 const iovec page = DirtyPage();
                 if (madvise(page.iov_base, page.iov_len, MADV_DONTNEED) < 0)
                   return Outcome::Of(errno);
                 return *static_cast<volatile char*>(page.iov_base) == 0 ? "discarded" : "kept";
               }},
}};

const Registered<Conformance> kNothing{{
    .name = "memory/advise_nothing",
    .question = "Does advice about no range or an empty range fail?",
    .without_pid_namespace = kBothPaths,
    .pidfd =
        {.needs = {"pidfd_open", "process_madvise"},
         .claims = {Must("nothing", "no bytes were advised", "process_madvise(2)")},
         .ask = [](Arena& arena) -> Outcome {
           NeedNice();
           const iovec empty{DirtyPage().iov_base, 0};
           const Outcome none = AdviseChild(arena, {});
           return none == AdviseChild(arena, {&empty, 1}) ? none : Outcome("none_and_empty_differ");
         }},
    .legacy = {.claims = {Must("ok", "a length of 0 is no error", "madvise(2)")},
               .ask = [](Arena&) -> Outcome {
                 NeedCold();
                 return MadviseCold({DirtyPage().iov_base, 0});
               }},
}};

const Registered<Conformance> kPart{{
    .name = "memory/advise_in_part",
    .question =
        "What is the result of advice when the first range is mapped and the next one is not?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("one_page", "the bytes advised before the error are reported",
                              "process_madvise(2)")},
              .ask = [](Arena& arena) -> Outcome {
                NeedNice();
                const std::array ranges = {DirtyPage(), Hole()};
                return AdviseChild(arena, ranges);
              }},
    .legacy = NotPossible("madvise(2) takes one range"),
}};

const Registered<Conformance> kHole{{
    .name = "memory/advise_hole",
    .question = "What is the error of advice about unmapped memory?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("enomem", "the addresses are not mapped", "process_madvise(2), madvise(2)")},
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .ask = [](Arena& arena) -> Outcome {
                NeedNice();
                const iovec hole = Hole();
                return AdviseChild(arena, {&hole, 1});
              }},
    .legacy = {.ask = [](Arena&) -> Outcome {
      NeedCold();
      return MadviseCold(Hole());
    }},
}};

const Registered<Conformance> kUnaligned{{
    .name = "memory/advise_unaligned",
    .question = "Can the range of an advice begin in the middle of a page?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "ranges must be page-aligned", "process_madvise(2), madvise(2)")},
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .ask = [](Arena& arena) -> Outcome {
                NeedNice();
                const iovec middle{static_cast<char*>(DirtyPage().iov_base) + 1, PageSize()};
                return AdviseChild(arena, {&middle, 1});
              }},
    .legacy = {.ask = [](Arena&) -> Outcome {
      NeedCold();
      return MadviseCold({static_cast<char*>(DirtyPage().iov_base) + 1, PageSize()});
    }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::memory_advice

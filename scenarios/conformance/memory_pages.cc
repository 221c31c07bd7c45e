// process_madvise about the pages of a child: what becomes of them, as its own page table shows.
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <string>

#include "probes/system/errno_name.h"
#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::memory_pages {
namespace {

constexpr char kOwnOnly[] = "madvise(2) only affects the caller's own memory";
constexpr int kMadvCollapse = 25;  // MADV_COLLAPSE, 6.1

std::size_t PageSize() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

// Whether this process has the page in its memory, or -1 where /proc does not show it.
int IsPresent(const volatile char* page) {
  constexpr int kPresentBit = 63;
  const Fd table(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  std::uint64_t entry = 0;
  const auto place = reinterpret_cast<std::uintptr_t>(page) / PageSize() * sizeof entry;
  if (pread(table.get(), &entry, sizeof entry, static_cast<off_t>(place)) != sizeof entry)
    return -1;
  return static_cast<int>(entry >> kPresentBit & 1);
}

// Handed to the child by fork, which has none of these pages yet. A trial has a process of its own.
struct Area {
  volatile char* at = nullptr;
  std::size_t size = 0;
} area;

// What the child sees of its pages once the advice was given, as its exit status.
enum Seen { kInMemory, kNotInMemory, kChanged };

// Touches the first page and waits. The last page is the one that is looked at.
int HasPages(int gate) {
  const volatile char* const last = area.at + area.size - PageSize();
  const char before = *area.at;
  const int present = IsPresent(last);
  report::Send(present < 0 ? -1 : area.size > PageSize() ? 1 - present : present);
  body::Pass(gate);
  const bool in_memory = IsPresent(last) == 1;
  if (*area.at != before) return kChanged;
  return in_memory ? kInMemory : kNotInMemory;
}

// The same, with small pages up to now.
int HasSmallPages(int gate) {
  if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0) *area.at = 1;
  prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
  return HasPages(gate);
}

// Gives the child that advice about its pages. Returns the errno; what the child then sees is
// stored.
int AdviseChild(Arena& arena, Child::Body body, int advice, int& seen) {
  report::Open();
  Child child = arena.Spawn(body);
  const int ready = report::ReceiveInt();
  if (ready < 0) throw Unsupported("/proc does not show which pages are in memory");
  if (ready == 0) throw Unsupported("the pages of a child are not as they should be beforehand");
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  const iovec range{const_cast<char*>(area.at), area.size};
  const Result<ssize_t> advised = sys::ProcessMadvise(pidfd.get(), {&range, 1}, advice, 0);
  if (advised.error() == EPERM)
    throw Unsupported("CAP_SYS_NICE is missing in the initial user namespace");
  child.Open();
  seen = child.Reap().si_status;
  return advised.error();
}

// The last page of this program's file, which nothing else maps, as a rule.
void MapUnusedPageOfFile() {
  const Fd file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || status.st_size < 1)
    throw Unsupported("this program's own file cannot be opened");
  const auto size = static_cast<std::size_t>(status.st_size);
  const auto offset = static_cast<off_t>((size - 1) / PageSize() * PageSize());
  void* const page = mmap(nullptr, PageSize(), PROT_READ, MAP_PRIVATE, file.get(), offset);
  if (page == MAP_FAILED) throw Unsupported("this program's own file cannot be mapped");
  area = {static_cast<char*>(page), PageSize()};
}

const Registered<Conformance> kFilePage{{
    .name = "memory/page_out_of_file",
    .question = "Does an unchanged page of a file leave a child's memory when it is to be paged "
                "out (MADV_PAGEOUT)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("paged_out", "it is read from the file again when it is used",
                              "madvise(2) MADV_PAGEOUT, mm/madvise.c madvise_pageout"),
                         May("kept",
                             "it is in use elsewhere, or in no file on a disk, or the caller may "
                             "not write to the file",
                             "mm/madvise.c madvise_cold_or_pageout_pte_range, can_do_file_pageout"),
                         Never("changed", "the page holds what the file holds", "madvise(2)")},
              .ask = [](Arena& arena) -> Outcome {
                MapUnusedPageOfFile();
                int seen = kChanged;
                const int error = AdviseChild(arena, HasPages, abi::kMadvPageout, seen);
                if (error != 0) return Outcome::Of(error);
                if (seen == kChanged) return "changed";
                return seen == kInMemory ? "kept" : "paged_out";
              }},
    .legacy = NotPossible(kOwnOnly),
    .no_control = "the harm needs a kernel that loses pages",
}};

constexpr char kSettings[] = "/sys/kernel/mm/transparent_hugepage/";

// The size of a huge page. Throws Unsupported where there are none, or too large ones.
std::size_t HugePageSize() {
  constexpr std::size_t kLargest = std::size_t{4} << 20;
  const Result<std::string> text = ReadFile(std::string(kSettings) + "hpage_pmd_size");
  if (!text.ok())
    throw Unsupported("there are no transparent huge pages, or /sys does not show them");
  std::size_t size = 0;
  std::from_chars(text->data(), text->data() + text->size(), size);
  Require(size != 0);
  if (size > kLargest) throw Unsupported("huge pages are too large here");
  return size;
}

// Whether the administrator, or a kernel with little memory, has switched them off. Such a kernel
// may refuse the advice as if it did not know it.
bool AreSwitchedOff() {
  const Result<std::string> text = ReadFile(std::string(kSettings) + "enabled");
  return !text.ok() || text->find("[never]") != std::string::npos;
}

bool IsAdviceKnown() { return madvise(const_cast<char*>(area.at), 0, kMadvCollapse) == 0; }

// Room for one huge page.
void MapRoomForHugePage() {
  const std::size_t size = HugePageSize();
  void* const pages = mmap(nullptr, 2 * size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) throw Unsupported("no huge page can be mapped: " + ErrnoName(errno));
  const auto aligned = (reinterpret_cast<std::uintptr_t>(pages) + size - 1) / size * size;
  area = {reinterpret_cast<char*>(aligned), size};
}

// Errors that say that there is no huge page at the moment, not that there can be none.
bool IsForNow(int error) { return error == ENOMEM || error == EBUSY || error == EAGAIN; }

const Registered<Conformance> kCollapse{{
    .name = "memory/collapse_of_child",
    .question = "Can a process replace its child's pages by a huge one (MADV_COLLAPSE)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("collapsed", "the whole range is in memory then",
                              "Linux 6.1 mm/khugepaged.c madvise_collapse")
                             .Since(eras::kCollapse),
                         May("einval", "there was no such advice",
                             "mm/madvise.c process_madvise_behavior_valid")
                             .Until(eras::kCollapse),
                         Never("changed", "the contents stay the same",
                               "madvise(2) MADV_COLLAPSE")},
              .ask = [](Arena& arena) -> Outcome {
                MapRoomForHugePage();
                int seen = kChanged;
                const int error = AdviseChild(arena, HasSmallPages, kMadvCollapse, seen);
                if (seen == kChanged) return "changed";
                if (IsForNow(error))
                  throw Unsupported("no huge page can be had now: " + ErrnoName(error));
                if (error == EINVAL && IsAdviceKnown() && AreSwitchedOff())
                  throw Unsupported("transparent huge pages are switched off");
                if (error != 0) return Outcome::Of(error);
                return seen == kInMemory ? "collapsed" : "not_collapsed";
              }},
    .legacy = NotPossible(kOwnOnly),
    .no_control = "the harm needs a kernel that loses pages",
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::memory_pages

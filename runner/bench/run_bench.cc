#include "runner/bench/run_bench.h"

#include <errno.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "probes/system/errno_name.h"
#include "probes/system/fd.h"
#include "probes/system/sys.h"
#include "runner/bench/read_results.h"
#include "runner/files.h"

namespace pidproof::runner::bench {

namespace {

std::string BesideThis() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw std::runtime_error("bench needs /proc, by which it finds pidproof-bench");
  const std::filesystem::path bench = self.parent_path() / "pidproof-bench";
  if (access(bench.c_str(), X_OK) == 0) return bench;
  if (errno == EACCES) {
    throw std::runtime_error(fmt::format("{} may not be executed: chmod +x", bench.string()));
  }
  throw std::runtime_error(fmt::format(
      "{} is missing: install the package pidproof-bench, or build it beside pidproof (cmake "
      "--build does where libbenchmark-dev is installed)",
      bench.string()));
}

// What it prints for people goes to that file: there are tables of our own.
[[noreturn]] void Execute(const std::vector<std::string>& words, int printed) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  dup2(printed, STDOUT_FILENO);
  dup2(printed, STDERR_FILENO);
  execv(arguments[0], arguments.data());
  _exit(127);
}

// Its exit status, or 128 and the number of the signal that ended it.
int Run(const std::vector<std::string>& words, int printed) {
  const pid_t parent = getpid();
  const Result<pid_t> child = sys::Fork();
  if (!child.ok()) {
    throw std::runtime_error(
        fmt::format("pidproof-bench cannot be started: fork: {}", ErrnoName(child.error())));
  }
  if (*child == 0) {
    sys::DieWithParent(parent);
    Execute(words, printed);
  }
  Result<siginfo_t> ended = sys::Waitid(P_PID, *child, WEXITED);
  while (ended.error() == EINTR) ended = sys::Waitid(P_PID, *child, WEXITED);
  if (!ended.ok()) {
    throw std::runtime_error(
        fmt::format("pidproof-bench cannot be waited for: waitid: {}", ErrnoName(ended.error())));
  }
  constexpr int kBySignal = 128;
  return ended->si_code == CLD_EXITED ? ended->si_status : kBySignal + ended->si_status;
}

// A file in memory, which is inherited.
Fd Place() {
  Fd place(memfd_create("pidproof-bench", 0));
  if (place.get() >= 0) return place;
  throw std::runtime_error(
      fmt::format("no place for the results: memfd_create: {}", ErrnoName(errno)));
}

std::string NameOf(const Fd& place) { return fmt::format("/proc/self/fd/{}", place.get()); }

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

std::vector<reports::Benchmark> RunBench(const BenchOptions& options) {
  const Fd results = Place();
  const Fd printed = Place();
  const std::string place = NameOf(results);
  std::vector<std::string> words = {
      BesideThis(), "--benchmark_out_format=json", "--benchmark_out=" + place,
      "--benchmark_enable_random_interleaving=true",
      // Eleven at least: the interval of a median needs so many (samples.h).
      "--benchmark_repetitions=11",
      options.quick ? "--benchmark_min_time=0.0005" : "--benchmark_min_time=0.004"};
  if (options.quick) words.emplace_back("--quick");
  if (options.all) words.emplace_back("--all");
  // Without the floor nothing can be called faster or slower.
  const bool adds_floor = !options.only.empty() && options.only[0] != '-';
  if (!options.only.empty()) {
    words.push_back("--benchmark_filter=" + options.only + (adds_floor ? "|^floor/" : ""));
  }
  for (const std::string& cgroup : options.cgroups) words.push_back("--cgroup=" + cgroup);
  const int status = Run(words, printed.get());
  const std::string said = LastLine(ReadInput(NameOf(printed)));
  constexpr int kWrongUsage = 2;
  if (status == kWrongUsage) throw std::invalid_argument(said);
  if (status != 0) {
    throw std::runtime_error(fmt::format("pidproof-bench ended with status {}: {}", status, said));
  }
  const std::string text = ReadInput(place);
  if (text.empty() && options.only.empty()) {
    throw std::runtime_error(fmt::format("pidproof-bench left no results: {}", said));
  }
  // It ends well where the expression is none.
  if (text.empty()) throw std::invalid_argument(fmt::format("--only {}: {}", options.only, said));
  std::vector<reports::Benchmark> rows = ReadResults(text);
  const auto is_floor = [](const auto& row) { return TopicOf(row) == "floor"; };
  if (adds_floor && options.only.find("floor") == std::string::npos &&
      std::ranges::all_of(rows, is_floor)) {
    throw std::invalid_argument(
        fmt::format("--only {}: no row has it; pidproof-bench --benchmark_list_tests lists them",
                    options.only));
  }
  return rows;
}

}  // namespace pidproof::runner::bench

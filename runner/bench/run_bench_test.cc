#include "runner/bench/run_bench.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "runner/program_testing.h"

namespace pidproof::runner::bench::run_bench_test {
namespace {

// stderr in the place of stdout.
Printed RunBenchOf(const std::string& program) {
  return RunProgramAfter([] { dup2(STDOUT_FILENO, STDERR_FILENO); }, {"bench", "--quick"}, program);
}

TEST(RunBench, NamesThePackageWhereTheOtherProgramIsMissing) {
  const TempDir folder;
  const std::string alone = folder.File("pidproof");
  std::filesystem::copy_file(PIDPROOF_BINARY, alone);
  const Printed printed = RunBenchOf(alone);
  EXPECT_EQ(printed.status, 2);
  EXPECT_NE(printed.out.find(folder.File("pidproof-bench") +
                             " is missing: install the package pidproof-bench"),
            std::string::npos)
      << printed.out;
}

}  // namespace
}  // namespace pidproof::runner::bench::run_bench_test

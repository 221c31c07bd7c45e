// The program where memory runs out.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "runner/program_testing.h"
#include "runner/restrict_testing.h"

namespace pidproof::runner::out_of_memory_test {
namespace {

// Whatever is left, the answer is a document, or one line that names the limit. A program that the
// kernel or the loader cannot start says nothing of its own. Whether it was the program's answer.
bool ExpectAnswerUnder(__rlimit_resource resource, const std::string& name, rlim_t bytes,
                       const std::vector<std::string>& arguments) {
  const auto prepare = [&] {
    Must(dup2(STDOUT_FILENO, STDERR_FILENO) == STDERR_FILENO);
    Must(dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO) == STDOUT_FILENO);
    Limit(resource, bytes);
  };
  const Printed printed = RunProgramAfter(prepare, arguments);
  const std::string what = fmt::format("{} of {} {}: status {}: {}", arguments.front(), name, bytes,
                                       printed.status, printed.out);
  if (printed.status < 0 || printed.status == 127) {
    EXPECT_NE(printed.status, -SIGABRT) << what;
    EXPECT_EQ(printed.out.find("terminate called"), std::string::npos) << what;
    return false;
  }
  EXPECT_NE(printed.status, 1) << what;
  EXPECT_LE(std::ranges::count(printed.out, '\n'), 1) << what;
  if (printed.status != 2) return true;
  EXPECT_EQ(printed.out.rfind("pidproof: ", 0), 0u) << what;
  EXPECT_NE(printed.out.find(fmt::format("{} is {} bytes; raise it", name, bytes)),
            std::string::npos)
      << what;
  return true;
}

TEST(OutOfMemory, IsOneLineOrADocument) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer takes more addresses than these limits leave";
#endif
  const TempDir folder;
  const std::string document = folder.File("d.json");
  ASSERT_EQ(RunProgram("probe --quiet --json " + document).status, 0);
  const std::vector<std::string> show{"show", document, "--html", "/dev/null"};
  const std::vector<std::string> run{"run",     "--quiet", "--conformance-only",
                                     "--jobs",  "3",       "--only",
                                     "ready/*", "--json",  "/dev/null"};
  constexpr rlim_t kStep = 1'000'000;
  int answers = 0;
  for (rlim_t bytes = kStep; bytes <= 64'000'000; bytes += bytes < 24'000'000 ? kStep : 8 * kStep) {
    answers += ExpectAnswerUnder(RLIMIT_AS, "RLIMIT_AS", bytes, run);
    answers += ExpectAnswerUnder(RLIMIT_AS, "RLIMIT_AS", bytes, show);
    answers += ExpectAnswerUnder(RLIMIT_DATA, "RLIMIT_DATA", bytes / 4, run);
    answers += ExpectAnswerUnder(RLIMIT_DATA, "RLIMIT_DATA", bytes / 4, show);
  }
  EXPECT_GT(answers, 0) << "the program was never started";
}

TEST(OutOfMemory, IsSaidWhereNoLargerStackCanBeHad) {
  const auto prepare = [] {
    Must(dup2(STDOUT_FILENO, STDERR_FILENO) == STDERR_FILENO);
    Limit(RLIMIT_STACK, 64 * 1024);
    Limit(RLIMIT_DATA, 1'500'000);
  };
  const Printed printed = RunProgramAfter(prepare, {"list"});
  EXPECT_EQ(printed.status, 2);
  EXPECT_EQ(printed.out,
            "pidproof: out of memory: RLIMIT_DATA is 1500000 bytes; raise it (ulimit -d)\n");
}

}  // namespace
}  // namespace pidproof::runner::out_of_memory_test

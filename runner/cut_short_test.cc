// The program interrupted or killed as it runs: what it leaves.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "probes/system/fd.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/yield_until.h"
#include "reports/document/document.h"
#include "runner/files.h"
#include "runner/program_testing.h"

namespace pidproof::runner::cut_short_test {
namespace {

// Whether a document has trials yet: one is kept before the first.
bool HasTrials(const reports::Document& kept) {
  return !kept.cells.empty() && kept.cells.front().trials > 0;
}

// Runs the arguments in a process of its own, and passes its PID to act once the document on
// disk has enough.
template <typename Act>
int WhileRunning(const std::vector<std::string>& arguments, const std::string& file, Act act,
                 const std::function<bool(const reports::Document&)>& enough = HasTrials) {
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    std::vector<char*> words{const_cast<char*>(PIDPROOF_BINARY)};
    for (const std::string& argument : arguments)
      words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    execv(PIDPROOF_BINARY, words.data());
    _exit(127);
  }
  const auto has_enough = [&] {
    return std::filesystem::exists(file) && enough(reports::FromJson(ReadInput(file)));
  };
  YieldUntil([&] {
    return has_enough() || sys::Waitid(P_PID, child, WEXITED | WNOHANG | WNOWAIT)->si_pid != 0;
  });
  act(child);
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(CutShort, WritesWhatItHasMeasuredWhenItIsInterrupted) {
  const TempDir folder;
  const std::string file = folder.File("cut.json");
  const int status = WhileRunning(
      {"run", "--quiet", "--for", "1h", "--only", "reap_race/two_waiters", "--json", file}, file,
      [](pid_t child) { ASSERT_TRUE(sys::Kill(child, SIGTERM).ok()); });
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const reports::Document document = reports::FromJson(ReadInput(file));
  EXPECT_TRUE(document.run.interrupted);
  EXPECT_TRUE(HasTrials(document));
}

TEST(CutShort, LeavesADocumentOnDiskWhenItIsKilled) {
  const TempDir folder;
  const std::string file = folder.File("killed.json");
  const int status = WhileRunning(
      {"run", "--quiet", "--for", "1h", "--only", "reap_race/two_waiters", "--json", file}, file,
      [](pid_t child) { ASSERT_TRUE(sys::Kill(child, SIGKILL).ok()); });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(reports::FromJson(ReadInput(file)).run.interrupted);
}

// What is known of the features is on disk before the first scenario, and then what each came to.
TEST(CutShort, LeavesADocumentOnDiskWhenItIsKilledInItsConformance) {
  const TempDir folder;
  const std::string file = folder.File("killed.json");
  const int status = WhileRunning(
      {"run", "--quiet", "--for", "1h", "--jobs", "1", "--json", file}, file,
      [](pid_t child) { ASSERT_TRUE(sys::Kill(child, SIGKILL).ok()); },
      [](const reports::Document& kept) { return !kept.features.empty(); });
  EXPECT_TRUE(WIFSIGNALED(status));
  const reports::Document document = reports::FromJson(ReadInput(file));
  EXPECT_TRUE(document.run.interrupted);
  EXPECT_LT(static_cast<std::ptrdiff_t>(document.cells.size()),
            std::ranges::count(document.scenarios, reports::ScenarioKind::kConformance,
                               &reports::Scenario::kind))
      << "it was killed later than in its conformance";
}

TEST(CutShort, RemovesWhatAKilledRunLeftBesideItsDocument) {
  const TempDir folder;
  const std::string file = folder.File("d.json");
  for (const char* name : {"d.json.1.part", "d.json.2.part", "d.json.x.part", "e.json.1.part"}) {
    std::ofstream(folder.File(name)) << "{";
  }
  const Fd held(open(folder.File("d.json.2.part").c_str(), O_WRONLY | O_CLOEXEC));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  ASSERT_EQ(fcntl(held.get(), F_OFD_SETLK, &whole), 0) << "as a process that is writing";
  ASSERT_EQ(RunProgram("probe --quiet --only pidfd_open --json " + file).status, 0);
  EXPECT_FALSE(std::filesystem::exists(folder.File("d.json.1.part")));
  for (const char* name : {"d.json", "d.json.2.part", "d.json.x.part", "e.json.1.part"}) {
    EXPECT_TRUE(std::filesystem::exists(folder.File(name))) << name;
  }
}

// Killed outright in the middle of its torture, it leaves no process behind: all its offspring hold
// the pipe.
TEST(CutShort, LeavesNoProcessBehindWhenItIsKilled) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    dup2(to.get(), STDOUT_FILENO);
    to.reset();
    execl(PIDPROOF_BINARY, PIDPROOF_BINARY, "run", "--quiet", "--for", "1h", "--only",
          "reap_race/*", nullptr);
    _exit(127);
  }
  to.reset();
  // It is in full swing once it has lived as long as a whole short run takes.
  RunProgram("run --quiet --for 100ms --only 'reap_race/*'");
  ASSERT_EQ(*sys::Poll(from.get(), POLLIN, 0), 0);
  ASSERT_TRUE(sys::Kill(child, SIGKILL).ok());
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_NE(*sys::Poll(from.get(), POLLIN, 60'000) & POLLHUP, 0);
}

}  // namespace
}  // namespace pidproof::runner::cut_short_test

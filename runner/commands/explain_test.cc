#include "runner/commands/explain.h"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>
#include <string>

#include "probes/probe.h"
#include "runner/gate.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::commands::explain_test {
namespace {

TEST(Explain, PrintsAllOfAFeature) {
  const std::string text = Explain("waitid/p_pidfd");
  for (const char* part :
       {"Linux 5.4", "EBADF", "EINVAL", "rests on  waitid", "wait(2)", "go-1.24"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(Explain, SaysWhichGlibcNamesAFeature) {
  EXPECT_NE(Explain("pidfd_open").find("libc      pidfd_open, from glibc 2.36"), std::string::npos);
  EXPECT_NE(Explain("clone3/pidfd").find("glibc has no clone3"), std::string::npos);
  EXPECT_EQ(Explain("fdinfo/nspid").find("glibc"), std::string::npos);
}

TEST(Explain, PrintsAllOfAScenario) {
  const std::string text = Explain("pid_reuse/signal");
  for (const char* part :
       {"Which process is signalled", "never", "hazard", "kill(2) looks up the PID on each use"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(Explain, PrintsTheScenariosThatMayMeetAKernelBug) {
  const std::string text = Explain("exec-poll-premature");
  for (const char* part : {"exec-poll-premature: a kernel bug", "\nthread_race/poll_exec\n",
                           "\nthread_race/poll_thread_exec\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
  EXPECT_EQ(text.find("\nthread_race/poll\n"), std::string::npos);
}

TEST(Explain, PrintsItsResultsInADocument) {
  reports::Document document;
  document.features = {
      {"native", "waitid/p_pidfd", "5.4", reports::Availability::kPresent, "EBADF", "tried"}};
  reports::Cell cell;
  cell.world = "native";
  cell.scenario = "a/b";
  cell.path = reports::Path::kPidfd;
  cell.verdict = reports::Verdict::kUpheld;
  cell.why = "as \x1b[31mclaimed";
  document.cells.push_back(cell);
  EXPECT_EQ(ResultsFor("waitid/p_pidfd", document), "  in native: present: tried\n");
  EXPECT_NE(ResultsFor("a/b", document).find("in native, pidfd: upheld: as"), std::string::npos);
  EXPECT_EQ(ResultsFor("a/b", document).find('\x1b'), std::string::npos);
  EXPECT_THROW(ResultsFor("no/such", document), Undecided);
}

// The rows of one call of the runbook.
std::string RowsOf(const std::string& call) {
  const std::string text = Explain("errnos");
  const std::size_t begin = text.find("\n\n" + call + "\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find("\n\n", begin + 2) - begin);
}

TEST(Explain, HasARunbookMadeOfTheClaims) {
  const std::string signal = RowsOf("pidfd_send_signal");
  for (const char* row :
       {"zombie      ok                   expected", "reaped      ESRCH                expected",
        "outside     EINVAL               abnormal", "no right    EPERM                abnormal",
        "any         ENOSYS               fallback", "hit_stranger         abnormal"}) {
    EXPECT_NE(signal.find(row), std::string::npos) << row << " in\n" << signal;
  }
  // As the claims say it, with the scenario that tries it.
  const scenarios::Scenario* dead = scenarios::FindScenario("life_cycle/dead_signal");
  EXPECT_NE(signal.find(dead->pidfd.claims.front().reason), std::string::npos);
  EXPECT_NE(signal.find("[life_cycle/dead_signal]"), std::string::npos);
  EXPECT_NE(RowsOf("pidfd_open").find("thread      ENOENT               abnormal"),
            std::string::npos);
  // What a kernel without a call answers is that of the probe.
  EXPECT_NE(
      RowsOf("pidfd_open").find("any         ENOSYS               fallback  the kernel lacks"),
      std::string::npos);
  EXPECT_EQ(RowsOf("open_by_handle_at").find("ESTALE               fallback"), std::string::npos);
  EXPECT_EQ(RowsOf("kill").find("fallback"), std::string::npos);
  EXPECT_NE(RowsOf("waitid(P_PIDFD) of a PIDFD_NONBLOCK pidfd")
                .find("alive       EAGAIN               expected"),
            std::string::npos);
}

TEST(Explain, HasARunbookThatFitsATerminal) {
  std::istringstream text(Explain("errnos"));
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 100u) << line;
}

TEST(Explain, KnowsEveryName) {
  for (const Probe* probe : Registered<Probe>::All()) EXPECT_NE(Explain(probe->name), "");
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios())
    EXPECT_NE(Explain(scenario->name), "");
  EXPECT_THROW(Explain("no/such"), std::invalid_argument);
}

}  // namespace
}  // namespace pidproof::runner::commands::explain_test

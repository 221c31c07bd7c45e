#include "probes/refusal/restriction.h"

#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::refusal::restriction_test {
namespace {

bool FindsTracer() {
  const std::vector<Restriction> found =
      FindRestrictions(Isolation::kChild, std::chrono::seconds(60));
  return std::ranges::any_of(found, [](const Restriction& restriction) {
    return restriction.name.starts_with("a tracer") && restriction.spoils_everything;
  });
}

TEST(FindRestrictions, SeesThatItIsTraced) {
  EXPECT_FALSE(FindsTracer());
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(2);
    _exit(FindsTracer() ? 0 : 1);
  }
  int status = 0;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    ptrace(PTRACE_CONT, child, nullptr, WSTOPSIG(status));
  }
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace pidproof::refusal::restriction_test

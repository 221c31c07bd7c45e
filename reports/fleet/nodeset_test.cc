#include "reports/fleet/nodeset.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <set>
#include <string>

namespace pidproof::reports::fleet::nodeset_test {
namespace {

std::string Fold(const std::vector<std::string>& hosts) { return FoldHosts(hosts).nodeset; }

TEST(FoldHosts, WritesRanges) {
  EXPECT_EQ(Fold({"n3", "n1", "n2", "n7"}), "n[1-3,7]");
  EXPECT_EQ(Fold({"n5"}), "n5");
  EXPECT_EQ(Fold({}), "");
  EXPECT_EQ(Fold({"web", "db", "db"}), "db,web");
  EXPECT_EQ(Fold({"rack1-node2", "rack1-node3", "rack2-node2"}), "rack1-node[2-3],rack2-node2");
  EXPECT_EQ(Fold({"n1.example2.org", "n2.example2.org"}), "n[1-2].example2.org");
}

// 10 is written alike whether or not numbers have zeros before them; 9 is not.
TEST(FoldHosts, KeepsZeros) {
  EXPECT_EQ(Fold({"n08", "n09", "n10", "n11"}), "n[08-11]");
  EXPECT_EQ(Fold({"n9", "n09", "n10"}), "n9,n[09-10]");
  EXPECT_EQ(Fold({"n098", "n99", "n100"}), "n99,n[098,100]");
  EXPECT_EQ(Fold({"n0", "n1"}), "n[0-1]");
}

// They might be operators, options or another command.
TEST(FoldHosts, LeavesOutWhatIsNoName) {
  const std::vector<std::string> hostile = {"a b", "n[1-3]", "@all", "a,b", "-w",       "$(reboot)",
                                            "a;b", "",       "a\nb", "a&b", "\xc3\xa9", "a!b"};
  const Folded folded = FoldHosts(hostile);
  EXPECT_EQ(folded.nodeset, "");
  EXPECT_EQ(folded.left_out, hostile.size());
}

TEST(FoldHosts, TakesLongNumbers) {
  EXPECT_EQ(Fold({"n12345678901234567890123", "n12345678901234567890124"}),
            "n12345678901234567890123,n12345678901234567890124");
}

// What nodeset(1) of ClusterShell makes of it again.
std::set<std::string> Expanded(const std::string& nodeset) {
  std::set<std::string> names;
  FILE* pipe = popen(fmt::format("nodeset -e -S ' ' '{}'", nodeset).c_str(), "r");
  char name[256];
  while (pipe != nullptr && fscanf(pipe, "%255s", name) == 1) names.insert(name);
  if (pipe != nullptr) pclose(pipe);
  return names;
}

TEST(FoldHosts, AreExpandedToTheSame) {
  if (access("/usr/bin/nodeset", X_OK) != 0) GTEST_SKIP() << "no nodeset: install clustershell";
  std::mt19937 random(3);
  for (int i = 0; i < 20; ++i) {
    std::set<std::string> names;
    for (int each = 0; each < 60; ++each) {
      const auto number = random() % 130;
      const std::string forms[] = {fmt::format("n{}", number),
                                   fmt::format("n{:02}", number),
                                   fmt::format("n{:03}", number),
                                   fmt::format("rack{}-node{}", number % 3, number),
                                   fmt::format("node{}.example.org", number),
                                   "plain"};
      names.insert(forms[random() % std::size(forms)]);
    }
    const std::string nodeset = Fold({names.begin(), names.end()});
    EXPECT_EQ(Expanded(nodeset), names) << nodeset;
  }
}

}  // namespace
}  // namespace pidproof::reports::fleet::nodeset_test

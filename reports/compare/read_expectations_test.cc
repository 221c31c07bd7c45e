#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "reports/compare/expect.h"

namespace pidproof::reports::compare::read_expectations_test {

namespace {

using Files = std::map<std::string, std::string>;

TEST(ReadExpectations, NamesTheLineAndTheFix) {
  const auto complaint = [](const Files& files) -> std::string {
    try {
      ReadExpectations("dir/top", [&](const std::string& file) {
        if (!files.contains(file)) throw std::runtime_error(file + ": missing");
        return files.at(file);
      });
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint({{"dir/top", "\nfeatures x present | y [z]\n"}}),
            "dir/top:2: 'features' is neither feature, verdict, bound, kernel_log, kernel_bug, "
            "cost, world nor include");
  EXPECT_EQ(complaint({{"dir/top", "feature x absent:older/gone | y [z]\n"}}),
            "dir/top:1: 'gone' is none of present, absent, filtered, denied, unclear, since");
  EXPECT_EQ(complaint({{"dir/top", "verdict x pidfd upheld/present | y [z]\n"}}),
            "dir/top:1: 'present' is none of upheld, hazardous, violated, inconclusive, "
            "unsupported, hung, crashed, broken");
  for (const char* share : {"0", "1", "weak", "1e-3x"}) {
    EXPECT_EQ(complaint({{"dir/top", std::string("bound x pidfd ") + share + " | y [z]\n"}}),
              std::string("dir/top:1: '") + share +
                  "' is not a fraction; use one above 0 and below 1, such as 1e-2");
  }
  const std::pair<std::string, std::string> others[] = {
      {"feature x | y [z]", "dir/top:1: write"},
      {"feature x present absent | y [z]", "dir/top:1: write"},
      {"feature x present", "reason"},
      {"feature x present | no source", "reason"},
      {"include top", "circle"},
      {"include gone", "dir/gone: missing"}};
  for (const auto& [line, part] : others) {
    EXPECT_NE(complaint({{"dir/top", line + "\n"}}).find(part), std::string::npos) << line;
  }
}

}  // namespace

}  // namespace pidproof::reports::compare::read_expectations_test

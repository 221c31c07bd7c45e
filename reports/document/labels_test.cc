#include "reports/document/labels.h"

#include <gtest/gtest.h>

#include "reports/document/document.h"
#include "reports/document/gaps.h"
#include "reports/document/sample_document_testing.h"

namespace pidproof::reports::labels_test {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

TEST(Labels, CountWhatACallerOfASignalHasSeen) {
  EXPECT_EQ(SignalResults({{"ok", 2}, {"hit_stranger", 40}, {"esrch", 3}, {"eperm", 1}}),
            (Counts{{"ok", 42}, {"esrch", 3}, {"eperm", 1}}));
  EXPECT_EQ(SignalResults({{"enosys", 1}, {"fallback", 2}, {"fallback_hit_stranger", 4}}),
            (Counts{{"fallback", 7}}));
  EXPECT_EQ(SignalResults({{"einval", 5}, {"not_signalled", 7}}), Counts{});
}

TEST(Labels, CountWhatACallerOfAWaitHasSeen) {
  EXPECT_EQ(WaitResults({{"exited", 1}, {"killed", 2}, {"reaped_stranger", 4}}),
            (Counts{{"exited", 7}}));
  EXPECT_EQ(WaitResults({{"running", 1}, {"eagain", 2}, {"echild", 4}, {"too_late", 8}}),
            (Counts{{"eagain", 3}, {"echild", 12}}));
  EXPECT_EQ(WaitResults({{"einval", 1}, {"esrch", 2}, {"stopped", 4}}), (Counts{{"error", 3}}));
}

TEST(Labels, AreWrittenBesideThePathUnderTheNamesOfCounters) {
  const std::string text = ToJson(sample::SampleDocument());
  EXPECT_NE(text.find("\"process_control_path\":\"legacy_pid\""), std::string::npos);
  EXPECT_NE(text.find("\"signal_result\""), std::string::npos);
  EXPECT_EQ(FromJson(text).cells[0].wait_results, (Counts{{"eagain", 1}}));
}

TEST(Labels, AreRefusedWhereTheListDoesNotHoldThem) {
  Document document = sample::SampleDocument();
  document.cells[0].wait_results = {{"killed", 1}};
  const std::string text = ToJson(document);
  EXPECT_THROW(FromJson(text), std::runtime_error);
}

}  // namespace
}  // namespace pidproof::reports::labels_test

#include "reports/html/html.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "reports/document/sample_document_testing.h"
#include "reports/html/html_page.h"
#include "reports/html/markup.h"

namespace pidproof::reports::html::html_test {
namespace {

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// What follows each occurrence of `lead`, up to the character that ends it.
std::vector<std::string> AllAfter(const std::string& text, std::string_view lead) {
  std::vector<std::string> found;
  for (auto at = text.find(lead); at != std::string::npos; at = text.find(lead, at)) {
    at += lead.size();
    found.push_back(text.substr(at, text.find_first_of("\" >", at) - at));
  }
  return found;
}

TEST(Html, SaysAllThatTheDocumentSays) {
  const Document document = sample::SampleDocument();
  const std::string page = Html(document);
  for (const Feature& feature : sample::SampleFeatures()) {
    if (feature.world == "enosys" && feature.availability == Availability::kUnclear) continue;
    EXPECT_TRUE(Has(page, Escaped(feature.feature)));
    EXPECT_TRUE(Has(page, Escaped(feature.evidence))) << feature.evidence;
  }
  for (const Scenario& scenario : document.scenarios) {
    EXPECT_TRUE(Has(page, Escaped(scenario.question))) << scenario.question;
    for (const Claim& claim : scenario.claims) EXPECT_TRUE(Has(page, Escaped(claim.reason)));
  }
  for (const Cell& cell : document.cells) EXPECT_TRUE(Has(page, Escaped(cell.why))) << cell.why;
  EXPECT_TRUE(Has(
      page,
      "<p class=\"meaning bad\">1 violated, 4 could not be decided. 1 known kernel bug met. The "
      "kernel reported trouble (2 lines in kernel_log).</p>"));
  for (const KernelLogLine& line : *document.kernel_log) {
    EXPECT_TRUE(
        Has(page, Badge(line.kind, kKernelTroubles) + " <span class=name>" + Escaped(line.text)))
        << line.text;
  }
  EXPECT_TRUE(Has(page, "251,034 trials, 25,103 per second (bare create and reap: 41,200)"));
  EXPECT_TRUE(Has(page, "enosys: 2 of 3 answer differently from native"));
}

TEST(Html, ShowsHowStrongTheEvidenceIs) {
  Document document = sample::SampleDocument();
  EXPECT_TRUE(
      Has(Html(document), "<div class=counts><span>Evidence</span>1 upheld race: 1 strong ("));
  EXPECT_TRUE(Has(Html(document), "data-is=\"torture upheld strong hazardous \""));
  document.cells[10].opportunities = 100;
  EXPECT_TRUE(
      Has(Html(document), ", 0 fair (1 of 100), 1 weak; --until 1e-3 makes all strong, in "));
  EXPECT_TRUE(Has(Html(document), "data-is=\"torture upheld weak hazardous \""));
  EXPECT_TRUE(Has(Html(document), Badge("upheld", kVerdicts) + " " + Badge("weak", kStrengths)));
  document.cells[10].verdict = Verdict::kViolated;
  EXPECT_FALSE(Has(Html(document), "<span>Evidence</span>"));
}

TEST(Html, BarsAreAsLongAsTheirShare) {
  const std::string page = Html(sample::SampleDocument());
  EXPECT_TRUE(Has(page, "<span class=name>hit_stranger</span><svg class=caution "));
  EXPECT_TRUE(Has(page, "<rect width=\"99.6\" height=\"1\"/></svg><span class=count>258,999<"));
  EXPECT_TRUE(Has(page, "<rect width=\"0.8\" height=\"1\"/></svg><span class=count>934<"));
}

TEST(Html, LeadsToWhatIsViolatedFromTheTop) {
  const std::string page = Html(sample::SampleDocument());
  const std::string top = page.substr(0, page.find("<section id=features>"));
  EXPECT_TRUE(Has(top, "href=\"#scenario/zombie/signal\""));
  EXPECT_TRUE(Has(top, "href=\"#scenario/info/exit_status\"")) << "it hung";
  EXPECT_FALSE(Has(top, "href=\"#scenario/nonblock/wait_alive\"")) << "it is upheld";
}

TEST(Html, AnOutcomeWithoutAClaimIsBad) {
  Document document = sample::SampleDocument();
  document.cells[10].outcomes["unlisted"] = 2;
  EXPECT_TRUE(Has(Html(document), "<span class=name>unlisted</span><svg class=bad "));
}

TEST(Html, StringsOfTheDocumentAreTextAndNeverMarkup) {
  const std::string page = Html(sample::HostileDocument());
  EXPECT_FALSE(Has(page, "<script>alert"));
  EXPECT_FALSE(Has(page, "<img"));
  EXPECT_FALSE(Has(page, "<b>esrch"));
  EXPECT_FALSE(Has(page, "<i>esrch"));
  EXPECT_FALSE(Has(page, "onmouseover=\""));
  EXPECT_FALSE(Has(page, "\x1b"));
  EXPECT_TRUE(Has(page, "&lt;/script&gt;&lt;script&gt;alert(4)&lt;/script&gt;"));
  EXPECT_EQ(AllAfter(page, "<script").size(), 1U);
}

TEST(Html, EscapesWhatMarkupIsMadeOf) {
  EXPECT_EQ(Escaped("a<b>&\"c\"'"), "a&lt;b&gt;&amp;&quot;c&quot;&#39;");
}

TEST(Html, NeedsNothingFromAnywhere) {
  const std::string page = Html(sample::SampleDocument());
  EXPECT_TRUE(Has(page, "default-src 'none'"));
  EXPECT_FALSE(Has(page, "http:"));
  EXPECT_FALSE(Has(page, "https:"));
  EXPECT_FALSE(Has(page, "url("));
  EXPECT_FALSE(Has(page, "<link"));
  EXPECT_FALSE(Has(page, " src="));
}

TEST(Html, ThePolicyAllowsThePagesOwnScriptAlone) {
  const std::string page = Html(sample::SampleDocument());
  EXPECT_TRUE(Has(page, "script-src 'sha256-" + std::string(kPageScriptHash) + "'"));
  EXPECT_TRUE(Has(page, "<script>" + std::string(kPageScript) + "</script>"));
}

// Base64 of what sha256sum(1) says of the text.
std::string Sha256(std::string_view text) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "pidproof_page_script.js";
  std::ofstream(path) << text;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen(("sha256sum '" + path.string() + "'").c_str(), "r"), pclose);
  std::array<unsigned, 33> bytes{};  // one more, a zero, to make whole groups of three
  for (std::size_t i = 0; i < 32; ++i) {
    if (std::fscanf(pipe.get(), "%2x", &bytes[i]) != 1) return "no sha256sum";
  }
  std::filesystem::remove(path);
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string base64;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    for (const unsigned shift : {18U, 12U, 6U, 0U}) base64 += kDigits[group >> shift & 63];
  }
  base64.back() = '=';
  return base64;
}

TEST(Html, TheScriptsHashIsOfTheScript) { EXPECT_EQ(Sha256(kPageScript), kPageScriptHash); }

TEST(Html, PermalinksLeadSomewhereAndIdentifiersAreUnique) {
  const std::string page = Html(sample::SampleDocument());
  std::vector<std::string> all = AllAfter(page, " id=\"");
  std::ranges::copy(AllAfter(page, "section id="), std::back_inserter(all));
  const std::set<std::string> ids(all.begin(), all.end());
  EXPECT_EQ(ids.size(), all.size());
  EXPECT_TRUE(ids.contains("feature/waitid/p_pidfd"));
  EXPECT_TRUE(ids.contains("feature/enosys/pidfd_open"));
  EXPECT_TRUE(ids.contains("scenario/pid_reuse/signal"));
  for (const std::string& link : AllAfter(page, "href=\"#")) {
    EXPECT_TRUE(ids.contains(link)) << link;
  }
}

TEST(Html, EveryWordIsInTheLegend) {
  const std::string page = Html(Document());
  for (const auto& list :
       {std::span<const Word>(kVerdicts), std::span<const Word>(kAvailabilities),
        std::span<const Word>(kExpectations), std::span<const Word>(kKernelTroubles)}) {
    for (const Word& word : list) {
      EXPECT_TRUE(Has(page, Badge(word.word, list) + "</dt><dd>" + Escaped(word.means)));
    }
  }
}

TEST(Html, ReadsInLightDarkAndPrint) {
  const std::string page = Html(Document());
  EXPECT_TRUE(Has(page, "@media (prefers-color-scheme: dark)"));
  EXPECT_TRUE(Has(page, "@media print"));
  EXPECT_TRUE(Has(page, "position: sticky"));
}

}  // namespace
}  // namespace pidproof::reports::html::html_test

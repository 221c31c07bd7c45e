#include "reports/fleet/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "reports/fleet/fleet_testing.h"
#include "reports/fleet/schema.h"

namespace pidproof::reports::fleet::merge_test {
namespace {

using testing::FleetOf;
using testing::SmallDocument;

// All rows of all tables, in the order in which a dump has them.
std::string Dump(Database& fleet) {
  std::string text;
  for (const auto& table :
       fleet.Query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").rows) {
    text += Text(table[0]) + "\n";
    for (const auto& row : fleet.Query("SELECT * FROM " + Text(table[0])).rows) {
      for (const Value& value : row) text += Text(value) + "|";
      text += "\n";
    }
  }
  return text;
}

// Of several hosts, kernels and days.
std::vector<Document> Documents() {
  std::vector<Document> documents;
  for (int i = 0; i < 12; ++i) {
    Document document = SmallDocument(fmt::format("n{}", i), fmt::format("2026-11-{:02}", i + 1));
    if (i % 2 == 0) testing::Refuse(document, "pidfd_getfd");
    if (i % 3 == 0) document.host.release = "6.1.0-43-amd64";
    if (i % 4 == 0) document.scenarios[0].question += " Asked otherwise.";
    document.cells[1].trials += static_cast<std::uint64_t>(i);
    document.cells[1].outcomes["esrch"] = document.cells[1].trials;
    document.cells[1].kernel_bugs = {{"a-bug", "esrch", 3, "6.15"}};
    documents.push_back(document);
  }
  return documents;
}

TEST(Merge, GivesTheSameInAnyOrderAndAgain) {
  std::vector<Document> documents = Documents();
  const std::string dump = Dump(*FleetOf(documents));
  EXPECT_NE(dump.find("6001000"), std::string::npos);
  EXPECT_NE(dump.find("a-bug"), std::string::npos);
  std::mt19937 random(7);
  for (int i = 0; i < 10; ++i) {
    std::ranges::shuffle(documents, random);
    EXPECT_EQ(Dump(*FleetOf(documents)), dump);
  }
  std::vector<Document> twice = documents;
  twice.insert(twice.end(), documents.begin(), documents.end());
  EXPECT_EQ(Dump(*FleetOf(twice)), dump);
}

TEST(Merge, KeepsOnceWhatIsTheSame) {
  std::vector<Document> documents;
  for (int i = 0; i < 100; ++i) documents.push_back(SmallDocument(fmt::format("n{}", i)));
  const auto fleet = FleetOf(documents);
  for (const char* table : {"environment", "profile", "scenario", "verdict_set"}) {
    EXPECT_EQ(fleet->Query(fmt::format("SELECT * FROM {}", table)).rows.size(), 1U) << table;
  }
  EXPECT_EQ(fleet->Query("SELECT * FROM run").rows.size(), 100U);
  EXPECT_EQ(Integer(fleet->Query("SELECT sum(opportunities) FROM race_pool").rows[0][0]), 200'000);
}

// Whatever differs makes another run: two of one host at one second are both kept.
TEST(Merge, KeepsBothOfOneSecond) {
  const Document one = SmallDocument("n1");
  std::vector<Document> documents = {one, one, one, one, one};
  documents[1].run.seed = 2;
  documents[2].cells[0].trials = 1001;
  documents[2].cells[0].outcomes["esrch"] = 1001;
  testing::Refuse(documents[3], "pidfd_open");
  documents[4].host.pid_max = 4'194'304;
  EXPECT_EQ(FleetOf(documents)->Query("SELECT * FROM run").rows.size(), documents.size());
}

TEST(Merge, OneTransactionIsOfManyDocuments) {
  auto fleet = OpenFleet(":memory:", Use::kWrite);
  Merger merger(*fleet);
  RecordReader reader;
  const auto add = [&](int i) {
    return merger.Add(reader.Read(ToJson(SmallDocument(fmt::format("n{}", i))), ""));
  };
  for (std::size_t i = 0; i < Merger::kTransaction; ++i) EXPECT_TRUE(add(static_cast<int>(i)));
  // What is not committed is undone.
  EXPECT_TRUE(add(1'000));
  fleet->Execute("ROLLBACK");
  EXPECT_EQ(fleet->Query("SELECT * FROM run").rows.size(), Merger::kTransaction);
}

TEST(RecordReader, NamesHostsThatDoNot) {
  RecordReader reader;
  const std::string unnamed = ToJson(SmallDocument(""));
  EXPECT_EQ(reader.Read(unnamed, "by-file").host, "by-file");
  const std::string anonymous = reader.Read(unnamed, "").host;
  EXPECT_TRUE(anonymous.starts_with("anon-")) << anonymous;
  EXPECT_EQ(anonymous.size(), 13U);
  EXPECT_EQ(reader.Read(unnamed, "").host, anonymous);
  EXPECT_EQ(reader.Read(ToJson(SmallDocument("own")), "by-file").host, "own");
}

TEST(RecordReader, RefusesWhatAFleetDoesNotHold) {
  RecordReader reader;
  const auto complaint = [&](const Document& document) {
    try {
      reader.Read(ToJson(document), "n");
      return std::string();
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
  };
  Document document = SmallDocument("n1");
  document.run.started = "yesterday";
  EXPECT_NE(complaint(document).find("run.started"), std::string::npos);
  document = SmallDocument("n1");
  document.features.clear();
  EXPECT_EQ(complaint(document), "");  // its race counts
  document.cells.clear();
  EXPECT_EQ(complaint(document), "it has no features and no verdicts");
}

// The scenarios are taken from the document before only where they are the same.
TEST(SeriesReader, ReadsWhatFromJsonReads) {
  SeriesReader reader;
  const Document first = SmallDocument("n1");
  Document other = SmallDocument("n2");
  other.scenarios[0].question = "Another question?";
  for (const Document& document : {first, first, other, first, other, other}) {
    const SeriesReader::Read read = reader.Next(ToJson(document));
    EXPECT_EQ(read.scenarios->at(0).question, document.scenarios[0].question);
    Document whole = read.document;
    whole.scenarios = *read.scenarios;
    EXPECT_EQ(ToJson(whole), ToJson(document));
  }
  std::string text = ToJson(other);
  const std::string name = "\"name\":\"pid_reuse/signal\"";
  text.replace(text.find(name), name.size(), "\"name\":\"pid_reuse/other\"");
  EXPECT_THROW(reader.Next(text), std::runtime_error);
}

TEST(ReleaseNumber, OrdersReleases) {
  EXPECT_EQ(ReleaseNumber("6.12.43+deb13-amd64"), 6'012'043);
  EXPECT_EQ(ReleaseNumber("7.3"), 7'003'000);
  EXPECT_EQ(ReleaseNumber("6.1.0-43-amd64"), 6'001'000);
  EXPECT_EQ(ReleaseNumber("unknown"), 0);
  EXPECT_EQ(ReleaseNumber(""), 0);
  EXPECT_GT(ReleaseNumber("6.10"), ReleaseNumber("6.9.12"));
}

TEST(OpenFleet, RefusesOtherVersions) {
  EXPECT_EQ(SchemaStatements(Dialect::kPostgresql).find(" INTEGER"), std::string::npos);
  EXPECT_EQ(SchemaStatements(Dialect::kPostgresql).find("ROWID"), std::string::npos);
  EXPECT_THROW(OpenFleet("postgresql://nobody@localhost/none", Use::kRead), std::runtime_error);
}

}  // namespace
}  // namespace pidproof::reports::fleet::merge_test

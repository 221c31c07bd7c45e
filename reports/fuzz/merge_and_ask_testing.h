// What every input of the fuzzer goes through as one document of a fleet: it is merged, and the
// fleet is asked.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "reports/fleet/answer.h"
#include "reports/fleet/ask.h"
#include "reports/fleet/database.h"
#include "reports/fleet/merge.h"
#include "reports/fleet/record.h"
#include "reports/fuzz/read_and_render_testing.h"

namespace pidproof::reports::fuzz {

struct FleetQuestion {
  std::string name;
  std::vector<std::string> words;
};

inline const std::vector<FleetQuestion>& FleetQuestions() {
  static const std::vector<FleetQuestion> questions = {
      {"columns", {}},
      {"missing", {"pidfd_open"}},
      {"ready", {}},
      {"outliers", {}},
      {"since", {"2000-01-01"}},
      {"bugs", {}},
      {"races", {}},
      {"where", {"verdict:hazardous", "count>0"}},
      {"sql", {"select run.*, environment.* from run, environment"}}};
  return questions;
}

// The fleet in memory of these records; empty where there are none.
inline std::unique_ptr<fleet::Database> FleetOf(const std::vector<fleet::Record>& records) {
  std::unique_ptr<fleet::Database> database = fleet::OpenFleet(":memory:", fleet::Use::kWrite);
  fleet::Merger merger(*database);
  for (const fleet::Record& record : records) merger.Add(record);
  merger.Finish();
  return database;
}

inline bool IsSafeLine(const std::string& text) {
  return text.find('\n') == std::string::npos && UnsafeByte(text) == std::string::npos;
}

// What is wrong with the answer, in each form.
inline std::string AnswerComplaint(fleet::Database& database, const FleetQuestion& question) {
  fleet::Answer answer;
  try {
    answer = fleet::Ask(database, question.name, {.words = question.words, .now = 1'800'000'000});
  } catch (const std::invalid_argument& refused) {  // no host was asked for that feature
    return IsSafeLine(refused.what()) ? "" : question.name + " is refused not in one safe line";
  }
  for (const fleet::AnswerForm* form : Registered<fleet::AnswerForm>::All()) {
    const std::size_t unsafe = UnsafeByte(form->render(answer));
    if (unsafe == std::string::npos) continue;
    return fmt::format("{} as {} has an unsafe byte at {}", question.name, form->name, unsafe);
  }
  return "";
}

// What is wrong with what merge and fleet would do with the text; empty where nothing is.
inline std::string FleetComplaint(std::string_view text) {
  std::vector<fleet::Record> records;
  try {
    fleet::RecordReader reader;
    for (const char* host : {"", "n1", "n2"}) records.push_back(reader.Read(text, host));
  } catch (const std::runtime_error& refused) {
    return IsSafeLine(refused.what()) ? "" : "a document is refused not in one safe line";
  }
  const std::unique_ptr<fleet::Database> database = FleetOf(records);
  for (const FleetQuestion& question : FleetQuestions()) {
    std::string complaint = AnswerComplaint(*database, question);
    if (!complaint.empty()) return complaint;
  }
  return "";
}

}  // namespace pidproof::reports::fuzz

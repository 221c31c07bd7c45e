// What every input of the fuzzer goes through, also the kept ones in a plain test: read as the
// program reads a document, then everything that is made of one.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/compare/diff_writers.h"
#include "reports/compare/table.h"
#include "reports/document/document.h"
#include "reports/document/gaps.h"
#include "reports/document/keys_once.h"
#include "reports/formats/format.h"
#include "reports/html/html.h"
#include "reports/ready/ready.h"
#include "reports/text/text.h"

namespace pidproof::reports::fuzz {

struct Output {
  std::string name;
  std::string text;
};

// The document, or nothing where the reader refuses it, with the line that says why.
struct Reading {
  std::optional<Document> document;
  std::string refusal;
};

inline Reading Read(std::string_view text) {
  try {
    RefuseRepeatedKeys(text);
    return {FromJson(text), ""};
  } catch (const std::runtime_error& error) {  // Unreadable is one; anything else is a defect
    return {std::nullopt, error.what()};
  }
}

inline void AddDiff(const Document& before, const Document& after, std::vector<Output>& outputs) {
  const compare::NamedDocument then{"one", before};
  const compare::NamedDocument now{"two", after};
  const compare::Diff diff = compare::Compare(before, after, compare::Across::kYes);
  const compare::DiffSides sides{then, now};
  outputs.push_back({"diff text", compare::DiffText(diff, sides)});
  outputs.push_back({"diff json", compare::DiffJson(diff, sides)});
  outputs.push_back({"diff markdown", compare::DiffMarkdown(diff, sides)});
  outputs.push_back({"diff github", compare::DiffAnnotations(diff, sides)});
}

// The same with other costs, of another kernel, and without every other row.
inline Document WithOtherCosts(Document document) {
  document.host.release += ", another";
  bool is_renamed = false;
  for (Benchmark& row : document.benchmarks) {
    if (TopicOf(row) == "floor") continue;
    for (double& sample : row.samples) sample *= 2;
    if (is_renamed) row.name += "/another";
    is_renamed = !is_renamed;
  }
  return document;
}

inline std::vector<Output> Render(const Document& document) {
  const std::vector<compare::NamedDocument> one = {{"one", document}};
  const std::vector<compare::NamedDocument> two = {{"one", document}, {"two", document}};
  std::vector<Output> outputs;
  for (const formats::Format* format : Registered<formats::Format>::All()) {
    for (const auto& documents : {one, two}) {
      if (format->is_of_one_host && documents.size() > 1) continue;
      outputs.push_back({std::string(format->name), format->render(documents, {"o", "o:1"})});
    }
  }
  for (const bool verbose : {false, true}) {
    outputs.push_back({"text", text::Text(document, {.colour = false, .verbose = verbose})});
  }
  outputs.push_back({"html", html::Html(document)});
  for (const bool markdown : {false, true}) {
    outputs.push_back({"table", compare::Table(two, {.markdown = markdown})});
  }
  outputs.push_back({"ready", ready::ReadyText(ready::Assess(document.features, {}), false)});
  AddDiff(document, document, outputs);
  const Document other = WithOtherCosts(document);
  AddDiff(document, other, outputs);
  AddDiff(other, document, outputs);
  outputs.push_back({"document", ToJson(document)});
  return outputs;
}

// The first byte that steers a terminal, turns the direction of text (U+202A to U+202E) or is not
// UTF-8; npos where there is none.
inline std::size_t UnsafeByte(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto starts = [&](std::string_view bytes, char low, char high) {
      return text.compare(i, bytes.size(), bytes) == 0 && i + bytes.size() < text.size() &&
             text[i + bytes.size()] >= low && text[i + bytes.size()] <= high;
    };
    const bool is_c1 = starts("\xC2", '\x80', '\x9F');
    const bool turns = starts("\xE2\x80", '\xAA', '\xAE');
    if ((byte < ' ' && byte != '\n') || byte == 0x7F || is_c1 || turns) return i;
  }
  try {
    [[maybe_unused]] const std::string strict = nlohmann::json(text).dump();  // throws
  } catch (const nlohmann::json::exception&) {
    return 0;
  }
  return std::string::npos;
}

// What is wrong with what the program would do with the text; empty where nothing is.
inline std::string Complaint(std::string_view text) {
  const Reading reading = Read(text);
  if (!reading.document) {
    const bool is_line = reading.refusal.size() < 1000 &&
                         reading.refusal.find('\n') == std::string::npos &&
                         UnsafeByte(reading.refusal) == std::string::npos;
    return is_line ? "" : "the refusal is not one short line: " + reading.refusal;
  }
  const Document& document = *reading.document;
  for (const Output& output : Render(document)) {
    const std::size_t unsafe = UnsafeByte(output.text);
    if (unsafe != std::string::npos) {
      return fmt::format("{} has an unsafe byte at {}", output.name, unsafe);
    }
  }
  const std::string written = ToJson(document);
  const Reading again = Read(written);
  if (!again.document) return "what was read is not read again: " + again.refusal;
  if (ToJson(*again.document) != written) return "what was read is not the same when read again";
  if (!compare::Compare(document, document).differences.empty()) return "it differs from itself";
  return "";
}

}  // namespace pidproof::reports::fuzz

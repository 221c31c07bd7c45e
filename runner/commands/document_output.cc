#include "runner/commands/document_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "reports/html/html.h"
#include "reports/text/text.h"
#include "runner/files.h"

namespace pidproof::runner::commands {

bool WantsColour() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

void DocumentOutput::DeclareText(Arguments& arguments) {
  const Argument no_text = arguments.Flag("--quiet", quiet, "Print no text");
  arguments.Flag("--verbose", verbose, "Print every row, with its question and evidence")
      .NotWith(no_text);
}

void DocumentOutput::DeclareFiles(Arguments& arguments) {
  // An unset variable of a script would otherwise lose the document without a word.
  const auto named = [](const std::string& file) {
    return file.empty() ? std::string("the name is empty; name a file, or '-' for stdout") : "";
  };
  arguments.Value("--json", json, "Write the document there ('-': stdout)")
      .Of("FILE")
      .Checked(named);
  arguments.Value("--html", html, "Write the report page there ('-': stdout)")
      .Of("FILE")
      .Checked(named);
  formats.Declare(arguments);
}

// Where each part goes; empty for nowhere.
std::vector<std::string> DocumentOutput::Places() const {
  std::vector<std::string> places = formats.Files();
  places.push_back(json);
  places.push_back(html);
  return places;
}

void DocumentOutput::Check(const std::vector<std::string>& inputs) const {
  RefuseOneForTwo(Places(), inputs);
  formats.Check();
  CheckDeliverable(json);
  CheckDeliverable(html);
}

bool DocumentOutput::PrintsText() const { return !quiet && std::ranges::count(Places(), "-") == 0; }

void DocumentOutput::Write(const reports::Document& document) const {
  if (PrintsText()) {
    WriteOutput("-", reports::text::Text(document, {.colour = WantsColour(), .verbose = verbose}));
  }
  if (!json.empty()) WriteOutput(json, reports::ToJson(document));
  if (!html.empty()) WriteOutput(html, reports::html::Html(document));
  formats.Write(document);
}

}  // namespace pidproof::runner::commands

#include "runner/commands/document_output.h"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

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
}

void DocumentOutput::Check() const {
  if (!json.empty() && json == html) {
    throw std::invalid_argument("--json and --html name the same place; name two");
  }
  CheckDeliverable(json);
  CheckDeliverable(html);
}

void DocumentOutput::Write(const reports::Document& document) const {
  if (!quiet && json != "-" && html != "-") {
    WriteOutput("-", reports::text::Text(document, {.colour = WantsColour(), .verbose = verbose}));
  }
  if (!json.empty()) WriteOutput(json, reports::ToJson(document));
  if (!html.empty()) WriteOutput(html, reports::html::Html(document));
}

}  // namespace pidproof::runner::commands

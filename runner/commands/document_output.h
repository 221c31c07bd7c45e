// Where a command's document goes.
#pragma once

#include <string>
#include <vector>

#include "reports/document/document.h"
#include "runner/commands/arguments.h"
#include "runner/commands/formats.h"

namespace pidproof::runner::commands {

// Whether stdout is a terminal that wants colour (NO_COLOR is honoured).
bool WantsColour();

struct DocumentOutput {
  std::string json;  // a file, "-" for stdout, empty for nowhere
  std::string html;
  FormatOutput formats;
  bool quiet = false;
  bool verbose = false;

  void DeclareText(Arguments& arguments);   // --quiet --verbose
  void DeclareFiles(Arguments& arguments);  // --json --html --to

  // Throws, before any work is done, where the files could not be written or are the same.
  void Check(const std::vector<std::string>& inputs = {}) const;
  // Whether text is wanted on stdout, and nothing else goes there.
  bool PrintsText() const;
  // The text first: should a file fail, the work is not lost. Text gives way to what goes to
  // stdout.
  void Write(const reports::Document& document) const;

 private:
  std::vector<std::string> Places() const;
};

}  // namespace pidproof::runner::commands

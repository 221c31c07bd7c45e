// What the commands that write other tools' forms share.
#pragma once

#include <string>
#include <vector>

#include "reports/document/document.h"
#include "reports/formats/format.h"
#include "runner/commands/arguments.h"

namespace pidproof::runner::commands {

// "Into that form: ktap, junit ...".
std::string FormatsHelp();
void DeclareSettings(Arguments& arguments, reports::formats::Settings& settings);
void DeclareExitStyle(Arguments& arguments, std::string& style);

// Where a document goes in other forms: --to FORMAT=FILE, repeated.
class FormatOutput {
 public:
  void Declare(Arguments& arguments);
  // Throws, before any work is done, where the forms or files are not what they should be.
  void Check() const;
  void Write(const reports::Document& document) const;
  // The files of all of them.
  std::vector<std::string> Files() const;

 private:
  std::vector<std::string> to_;  // FORMAT=FILE
  reports::formats::Settings settings_;
};

}  // namespace pidproof::runner::commands

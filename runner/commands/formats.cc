#include "runner/commands/formats.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "runner/exit_style.h"
#include "runner/files.h"

namespace pidproof::runner::commands {

namespace {

using reports::formats::FindFormat;
using reports::formats::Format;

// "ktap=FILE" in its two parts.
std::pair<std::string, std::string> Split(const std::string& asked) {
  const std::size_t equals = asked.find('=');
  if (equals == std::string::npos || equals + 1 == asked.size()) {
    throw std::runtime_error(
        fmt::format("--to '{}' names no file: make it FORMAT=FILE, with '-' for stdout", asked));
  }
  return {asked.substr(0, equals), asked.substr(equals + 1)};
}

}  // namespace

std::string FormatsHelp() {
  std::vector<std::string_view> names;
  for (const Format* format : Registered<Format>::All()) names.push_back(format->name);
  return fmt::format("The form: {}", fmt::join(names, ", "));
}

void DeclareSettings(Arguments& arguments, reports::formats::Settings& settings) {
  arguments.Value("--kcidb-origin", settings.origin, "kcidb: who reports (default: pidproof)")
      .Of("NAME");
  arguments.Value("--kcidb-build-id", settings.build_id, "kcidb: the build that was tested")
      .Of("ORIGIN:ID");
}

void DeclareExitStyle(Arguments& arguments, std::string& style) {
  arguments
      .Value("--exit-style", style,
             fmt::format("What the exit status means: {}", fmt::join(ExitStyleNames(), ", ")))
      .Of("STYLE")
      .OneOf(ExitStyleNames());
}

void FormatOutput::Declare(Arguments& arguments) {
  arguments.List("--to", to_, "Write another tool's form, too; repeatable. " + FormatsHelp())
      .Of("FORMAT=FILE")
      .OneEachTime();
  DeclareSettings(arguments, settings_);
}

void FormatOutput::Check() const {
  for (const std::string& asked : to_) {
    const auto [format, file] = Split(asked);
    // An empty document finds out whether the settings are there.
    Render(FindFormat(format), {{"", {}}}, settings_);
    CheckDeliverable(file);
  }
}

void FormatOutput::Write(const reports::Document& document) const {
  for (const std::string& asked : to_) {
    const auto [format, file] = Split(asked);
    WriteOutput(file, Render(FindFormat(format), {{"", document}}, settings_));
  }
}

std::vector<std::string> FormatOutput::Files() const {
  std::vector<std::string> files;
  for (const std::string& asked : to_) files.push_back(Split(asked).second);
  return files;
}

}  // namespace pidproof::runner::commands

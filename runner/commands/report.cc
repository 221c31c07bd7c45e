// Documents in the forms of other tools.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <set>

#include "reports/compare/table.h"
#include "runner/commands/command.h"
#include "runner/commands/formats.h"
#include "runner/commands/read_document.h"
#include "runner/exit_style.h"
#include "runner/files.h"
#include "runner/gate.h"

namespace pidproof::runner::commands {

namespace {

struct ReportArguments {
  std::vector<std::string> files;
  std::string to;
  std::string output = "-";
  std::string exit_style;
  reports::formats::Settings settings;
};

std::string StemOf(const std::string& file) {
  const std::filesystem::path path(file);
  return (path.extension() == ".json" ? path.stem() : path.filename()).string();
}

// Named after their files; by their whole paths where two files are called alike.
std::vector<reports::compare::NamedDocument> ReadAll(const std::vector<std::string>& files) {
  std::set<std::string> stems;
  for (const std::string& file : files) stems.insert(StemOf(file));
  const bool alike = stems.size() < files.size();
  std::vector<reports::compare::NamedDocument> documents;
  for (const std::string& file : files) {
    documents.push_back({alike ? file : StemOf(file), ReadDocument(file)});
  }
  return documents;
}

int Report(const ReportArguments& asked) {
  const reports::formats::Format& format = reports::formats::FindFormat(asked.to);
  RefuseOneForTwo({asked.output}, asked.files);
  CheckDeliverable(asked.output);
  const auto documents = ReadAll(asked.files);
  WriteOutput(asked.output, Render(format, documents, asked.settings));
  if (!asked.exit_style.empty()) {
    int worst = 0;
    for (const auto& named : documents) {
      worst = std::max(worst, StatusOf(named.document, *ExitStyleOf(asked.exit_style)));
    }
    return worst;
  }
  for (std::size_t i = 0; i < documents.size(); ++i) {
    RefuseGaps(asked.files[i], GapsOfVerdicts(documents[i].document));
  }
  return 0;
}

const Registered<Command> kReport{{
    .name = "report",
    .summary = "Write documents in another tool's form: KTAP, JUnit, KCIDB ...",
    .example = "pidproof report matrix.json --to junit -o junit.xml",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<ReportArguments>();
      arguments.List("FILE", asked->files, "The documents").Required();
      arguments.Value("--to", asked->to, FormatsHelp()).Of("FORMAT").Required();
      arguments.Value("-o,--output", asked->output, "Write there ('-': stdout, the default)")
          .Of("FILE");
      DeclareSettings(arguments, asked->settings);
      DeclareExitStyle(arguments, asked->exit_style);
      return [=] { return Report(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

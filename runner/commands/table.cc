#include "reports/compare/table.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "reports/document/gaps.h"
#include "reports/document/vocabulary.h"
#include "runner/commands/command.h"
#include "runner/commands/read_document.h"
#include "runner/files.h"
#include "runner/gate.h"

namespace pidproof::runner::commands {

namespace {

struct TableArguments {
  std::vector<std::string> files;
  reports::compare::TableStyle style;
};

// What keeps a document from being a column of the table.
std::vector<std::string> GapsOfColumn(const reports::Document& document) {
  std::vector<std::string> gaps =
      document.features.empty() ? GapsOfVerdicts(document) : reports::Gaps(document);
  const auto is_native = [](const auto& row) { return row.world == reports::kNative; };
  if (gaps.empty() && std::ranges::none_of(document.features, is_native) &&
      std::ranges::none_of(document.cells, is_native)) {
    gaps.push_back("it has no row of the native world, which the table compares");
  }
  return gaps;
}

int Table(const TableArguments& asked) {
  std::vector<reports::compare::NamedDocument> documents;
  for (const std::string& file : asked.files) {
    const std::filesystem::path path(file);
    const bool is_json = path.extension() == ".json";
    documents.push_back({(is_json ? path.stem() : path.filename()).string(), ReadDocument(file)});
  }
  WriteOutput("-", reports::compare::Table(documents, asked.style));
  for (std::size_t i = 0; i < documents.size(); ++i) {
    RefuseGaps(asked.files[i], GapsOfColumn(documents[i].document));
  }
  return 0;
}

const Registered<Command> kTable{{
    .name = "table",
    .summary = "Compare documents side by side",
    .example = "pidproof table old.json new.json --differing",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<TableArguments>();
      arguments.List("FILE", asked->files, "The documents").Required();
      arguments.Flag("--markdown", asked->style.markdown, "As Markdown");
      arguments.Flag("--fold", asked->style.fold, "Documents with equal answers share a column");
      arguments.Flag("--differing", asked->style.only_differing, "Only rows that differ");
      return [=] { return Table(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

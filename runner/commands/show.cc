#include <memory>

#include "runner/commands/command.h"
#include "runner/commands/document_output.h"
#include "runner/commands/read_document.h"
#include "runner/gate.h"

namespace pidproof::runner::commands {

namespace {

struct ShowArguments {
  std::string file;
  DocumentOutput output;
};

int Show(const ShowArguments& asked) {
  asked.output.Check({asked.file});
  const reports::Document document = ReadDocument(asked.file);
  asked.output.Write(document);
  RefuseGaps(asked.file, GapsOfVerdicts(document));
  return 0;
}

const Registered<Command> kShow{{
    .name = "show",
    .summary = "Print a document again, or render it as a page with --html",
    .example = "pidproof show matrix.json --html report.html",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<ShowArguments>();
      arguments.Value("FILE", asked->file, "The document").Required();
      asked->output.DeclareFiles(arguments);
      asked->output.DeclareText(arguments);
      return [=] { return Show(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

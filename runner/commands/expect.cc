#include "reports/compare/expect.h"

#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <sstream>

#include "reports/text/text_layout.h"
#include "runner/choice.h"
#include "runner/commands/command.h"
#include "runner/commands/read_document.h"
#include "runner/files.h"
#include "runner/gate.h"

namespace pidproof::runner::commands {

namespace {

struct ExpectArguments {
  std::string expectations;
  std::string file;
  std::vector<std::string> named;  // phrases by which a reason names the restriction
};

// What the run that wrote it was asked for, as far as that decides which rows it has.
Options ChoiceOf(const reports::Run& run) {
  Options options;
  std::istringstream globs(run.only);
  options.only.assign(std::istream_iterator<std::string>(globs), {});
  options.conformance_only = run.conformance_only;
  return options;
}

int Expect(const ExpectArguments& asked) {
  const auto expectations = reports::compare::ReadExpectations(asked.expectations, ReadInput);
  const reports::Document document = ReadDocument(asked.file);
  const Options choice = ChoiceOf(document.run);
  const auto is_asked = [&](const reports::compare::Expectation& expectation) {
    return expectation.kind == reports::compare::Expectation::kFeature
               ? ChoosesFeature(choice, expectation.name)
               : ChoosesScenario(choice, expectation.name);
  };
  const std::vector<std::string> mismatches =
      reports::compare::Mismatches(expectations, document, asked.named, is_asked);
  for (const std::string& mismatch : mismatches) {
    WriteOutput("-", reports::text::Printable(mismatch) + "\n");
  }
  if (mismatches.empty()) return 0;
  PrintLine(fmt::format("{}: {} row{} not as {} expects", asked.file, mismatches.size(),
                        mismatches.size() == 1 ? " is" : "s are", asked.expectations));
  return 1;
}

const Registered<Command> kExpect{{
    .name = "expect",
    .summary = "Compare a document with what is expected of that environment",
    .example = "pidproof expect ci/environments/expected/linux-6.12 linux-6.12.json",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<ExpectArguments>();
      arguments.Value("EXPECTATIONS", asked->expectations, "What is expected").Required();
      arguments.Value("FILE", asked->file, "The document").Required();
      arguments
          .List("--named", asked->named,
                "What excuses a word that is expected as WORD:named: a phrase of the reason")
          .Of("PHRASE,...")
          .SeparatedByCommas();
      return [=] { return Expect(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

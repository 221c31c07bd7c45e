#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "reports/document/gaps.h"
#include "runner/commands/baseline.h"
#include "runner/commands/command.h"
#include "runner/commands/read_document.h"
#include "runner/files.h"
#include "runner/gate.h"

namespace pidproof::runner::commands {

namespace {

using reports::compare::DiffSides;

struct DiffArguments {
  std::string before;
  std::string after;
  std::string accept;
  std::string format = "text";
  bool across = false;
};

// The summary of the job's step is one file, to which each command of the step adds its own.
void WriteSummary(const std::string& markdown) {
  const char* file = std::getenv("GITHUB_STEP_SUMMARY");
  if (file == nullptr || *file == '\0') return WriteOutput("-", markdown);
  WriteOutput(file, ReadInput(file) + markdown);
}

void WriteDiff(const std::string& format, const reports::compare::Diff& diff,
               const DiffSides& sides) {
  if (format == "json") return WriteOutput("-", reports::compare::DiffJson(diff, sides));
  if (format == "markdown") return WriteOutput("-", reports::compare::DiffMarkdown(diff, sides));
  if (format == "github") {
    WriteOutput("-", reports::compare::DiffAnnotations(diff, sides));
    return WriteSummary(reports::compare::DiffMarkdown(diff, sides));
  }
  WriteOutput("-", reports::compare::DiffText(diff, sides));
}

int CompareFiles(const DiffArguments& asked) {
  const Baseline baseline(asked.before, asked.accept);
  const reports::compare::NamedDocument after{asked.after, ReadDocument(asked.after)};
  RefuseGaps(asked.after, reports::Gaps(after.document));
  const reports::compare::Diff diff = baseline.CompareWith(
      after, asked.across ? reports::compare::Across::kYes : reports::compare::Across::kNo);
  WriteDiff(asked.format, diff, {baseline.document(), after});
  return baseline.Gate(diff, after.name);
}

const Registered<Command> kDiff{{
    .name = "diff",
    .summary = "What has changed from one document to another, the worst first",
    .example = "pidproof diff old.json new.json --accept accepted.txt",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<DiffArguments>();
      arguments.Value("BEFORE", asked->before, "The document to compare with").Required();
      arguments.Value("AFTER", asked->after, "The document that may be worse").Required();
      arguments.Value("--accept", asked->accept, kAcceptText).Of("FILE");
      arguments
          .Value("--format", asked->format,
                 "text (default), json, markdown, or github: annotations, with Markdown in "
                 "$GITHUB_STEP_SUMMARY, or after them where that is not set")
          .Of("FORMAT")
          .OneOf({"text", "json", "markdown", "github"});
      arguments.Flag("--across", asked->across,
                     "Compare costs of different machines or kernels too; the result says so");
      return [=] { return CompareFiles(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

#include <memory>

#include "runner/commands/command.h"
#include "runner/commands/document_output.h"
#include "runner/commands/formats.h"
#include "runner/commands/read_document.h"
#include "runner/commands/session_options.h"
#include "runner/exit_style.h"
#include "runner/ready/readiness.h"
#include "runner/session.h"

namespace pidproof::runner::commands {

namespace {

struct ReadyArguments {
  SessionOptions session;
  ready::ReadinessQuestion question;
  std::string from;  // the document, empty: this machine
  std::string exit_style;
};

int Ready(const ReadyArguments& asked) {
  Options options = asked.session.Resolve();
  RefuseWorldsOfTrials(options, "ready");
  options.probe_only = true;
  options.quiet = asked.question.quiet;
  const bool here = asked.from.empty();
  const int status =
      PrintReadiness(asked.question, options, here ? RunSession(options) : ReadDocument(asked.from),
                     here, WantsColour());
  return asked.exit_style.empty() ? status : StatusAs(status, *ExitStyleOf(asked.exit_style));
}

const Registered<Command> kReady{{
    .name = "ready",
    .summary = "Report which of Go, systemd, Rust ... work natively, fall back or break here",
    .example = "pidproof ready --require go,systemd",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<ReadyArguments>();
      arguments.List("CONSUMER", asked->question.consumers,
                     "Names or families, such as systemd-258 or go (default: all)");
      arguments
          .List("--require", asked->question.require,
                "A gate: exit 1 unless these are ready, 3 when that cannot be determined")
          .Of("LIST")
          .SeparatedByCommas();
      arguments.Value("--from", asked->from, "Read a document instead of probing this machine")
          .Of("FILE");
      arguments.Flag("--quiet", asked->question.quiet, "Print no text");
      DeclareExitStyle(arguments, asked->exit_style);
      asked->session.DeclareWorlds(arguments);
      return [=] { return Ready(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

#include <fmt/format.h>

#include <memory>

#include "probes/probe.h"
#include "probes/proposal.h"
#include "probes/worlds/fault.h"
#include "probes/worlds/world.h"
#include "reports/document/claims.h"
#include "runner/commands/command.h"
#include "runner/document.h"
#include "runner/files.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::commands {

namespace {

struct ListArguments {
  bool worlds = false;
  bool claims = false;
};

std::string Claims() {
  std::vector<reports::Scenario> scenarios;
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios())
    scenarios.push_back(ToRow(*scenario));
  return reports::ClaimsText(scenarios);
}

std::string Worlds() {
  std::string text;
  for (const World* world : Registered<World>::All()) {
    text += fmt::format("{:<26} {}\n", world->name, world->what);
  }
  text += fmt::format("CALL:ERRNO, CALL one of: all, {}\nor one use of a call: {}\n",
                      fmt::join(RefusableCalls(), ", "), fmt::join(RefusableUses(), ", "));
  text +=
      "In place of ERRNO: sigsys, kill, trace, or ok, a lie: the call returns 0 and does nothing\n"
      "trial:WORLD, such as trial:pidfd_send_signal:ok: the same for the trials alone. Features "
      "are\n"
      "  those of the kernel as it is, so no path is unsupported for it, and claims are seen to "
      "fail\n";
  text += "fault:NAME or fault:NAME@RATE, a fault injected on purpose, NAME one of:\n";
  for (const KnownFault& known : KnownFaults()) {
    text += fmt::format("  {:<24} {}\n", known.name, known.what);
  }
  return text;
}

std::string Names() {
  std::string text;
  for (const Probe* probe : Registered<Probe>::All()) {
    text += fmt::format("{:<40} {:<5} {}\n", probe->name, probe->since.Text(), probe->what);
  }
  for (const Proposal* proposal : Registered<Proposal>::All()) {
    text += fmt::format("{:<40} {:<5} {} (proposed, in no release)\n", proposal->name, "-",
                        proposal->what);
  }
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    text += fmt::format("{:<40} {}\n", scenario->name, scenario->question);
  }
  return text;
}

const Registered<Command> kList{{
    .name = "list",
    .summary = "Print the names of all features and scenarios",
    .example = "pidproof list --claims",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<ListArguments>();
      const Argument worlds = arguments.Flag("--worlds", asked->worlds, "The worlds instead");
      arguments.Flag("--claims", asked->claims, "All claims instead, under their sources")
          .NotWith(worlds);
      return [=] {
        WriteOutput("-", asked->claims ? Claims() : asked->worlds ? Worlds() : Names());
        return 0;
      };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

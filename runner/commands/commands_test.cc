// What is generated from the table of commands: help, completions, the manual page.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "runner/commands/command.h"
#include "runner/program_testing.h"

namespace pidproof::runner::commands::commands_test {
namespace {

TEST(Commands, AreAllInTheHelpTheCompletionsAndTheManual) {
  const std::string help = RunProgram("--help").out;
  const std::string bash = RunProgram("completion bash").out;
  const std::string manual = RunProgram("man").out;
  ASSERT_FALSE(Registered<Command>::All().empty());
  for (const Command* command : Registered<Command>::All()) {
    const std::string name(command->name);
    EXPECT_NE(help.find("\n  " + name + " "), std::string::npos) << name;
    EXPECT_NE(bash.find("    " + name + ") options="), std::string::npos) << name;
    EXPECT_NE(manual.find("pidproof " + name.substr(0, name.find('-'))), std::string::npos) << name;
  }
}

TEST(Commands, HaveAHelpWithAnExampleThatParses) {
  for (const Command* command : Registered<Command>::All()) {
    const Printed help = RunProgram(fmt::format("{} --help", command->name));
    EXPECT_EQ(help.status, 0) << command->name;
    EXPECT_NE(help.out.find(fmt::format("Example: {}", command->example)), std::string::npos)
        << command->name;
    EXPECT_TRUE(command->example.starts_with(fmt::format("pidproof {}", command->name)));
  }
}

TEST(Commands, ShellsTakeTheCompletions) {
  const std::string call = fmt::format("{} completion bash | bash -n", PIDPROOF_BINARY);
  EXPECT_EQ(std::system(call.c_str()), 0);
  EXPECT_TRUE(RunProgram("completion zsh").out.starts_with("#compdef pidproof\n"));
  EXPECT_EQ(RunProgram("completion fish 2>/dev/null").status, 2);
}

// What bash offers for the operand of 'pidproof explain' that begins so.
std::string Offered(std::string_view begun) {
  return RunProgram(fmt::format("completion bash | PATH={}:$PATH bash -c 'source /dev/stdin; "
                                "COMP_WORDS=(pidproof explain {}); COMP_CWORD=2; _pidproof; "
                                "echo ${{COMPREPLY[*]}}'",
                                std::filesystem::path(PIDPROOF_BINARY).parent_path().string(),
                                begun))
      .out;
}

TEST(Commands, OperandsAreCompleted) {
  EXPECT_EQ(Offered("err"), "errnos\n");
  EXPECT_EQ(Offered("pidfd_spawn_"), "pidfd_spawn_run\n");
  EXPECT_EQ(Offered("life_cycle/dead_sig"), "life_cycle/dead_signal\n");
}

TEST(Commands, RunIsTheOneThatNeedsNoName) {
  EXPECT_EQ(RunProgram("--only life_cycle/alive_signal --quiet --json -").status, 0);
  EXPECT_EQ(RunProgram("nonsense 2>/dev/null").status, 2);
}

}  // namespace
}  // namespace pidproof::runner::commands::commands_test

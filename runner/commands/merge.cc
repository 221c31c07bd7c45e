// Documents of many hosts in one fleet.
#include <fmt/format.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "runner/commands/command.h"
#include "runner/fleet/merge_paths.h"
#include "runner/gate.h"
#include "runner/pseudonym/pseudonym.h"

namespace pidproof::runner::commands {

namespace {

struct MergeArguments {
  std::vector<std::string> paths;
  std::string fleet = "fleet.db";
  std::string salt;  // of --anonymise
};

// The first lines of many say enough.
class SkippedLines {
 public:
  void Add(const std::string& line) {
    if (++count_ <= kMost) PrintLine(line);
  }
  void Finish() const {
    if (count_ > kMost) PrintLine(fmt::format("{} more were skipped", count_ - kMost));
  }

 private:
  static constexpr std::size_t kMost = 20;
  std::size_t count_ = 0;
};

int Merge(const MergeArguments& asked) {
  signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error to report, not to die of
  reports::fleet::RecordReader::Rename rename;
  if (!asked.salt.empty()) {
    rename = [&](const std::string& host) { return pseudonym::Of(host, asked.salt); };
  }
  SkippedLines skipped;
  const fleet::Merged merged = fleet::MergePaths(
      asked.paths, asked.fleet, rename, [&](const std::string& line) { skipped.Add(line); });
  skipped.Finish();
  PrintLine(fmt::format("{}: {} documents, {} of them new; {} skipped", asked.fleet,
                        merged.documents, merged.added, merged.skipped));
  constexpr int kSomeSkipped = 3;
  return merged.skipped == 0 ? 0 : kSomeSkipped;
}

const Registered<Command> kMerge{{
    .name = "merge",
    .summary = "Merge the documents of many hosts into one fleet, to be asked by fleet",
    .example = "pidproof merge -o fleet.db documents/",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<MergeArguments>();
      arguments
          .List("PATH", asked->paths,
                "Documents, folders of them, or '-' for a stream of them; .gz and .zst too")
          .Required();
      arguments
          .Value("-o,--output", asked->fleet,
                 "The fleet, which is added to (default: fleet.db): a file, or "
                 "postgresql://USER@HOST/NAME")
          .Of("FLEET");
      arguments
          .Value("--anonymise", asked->salt,
                 "Call hosts by pseudonyms of their names: equal for an equal SALT, which stays "
                 "secret")
          .Of("SALT");
      return [=] { return Merge(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands

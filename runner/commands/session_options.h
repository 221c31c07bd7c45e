// The options that several commands share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runner/commands/arguments.h"
#include "runner/options.h"

namespace pidproof::runner::commands {

// As they are written, until all are there to be resolved. A command declares the groups it heeds.
class SessionOptions {
 public:
  void DeclareWorlds(Arguments& arguments);     // --world --seccomp --seccomp-as --caps --as
  void DeclareSelection(Arguments& arguments);  // --only
  // --conformance-only --for --trials --until --seed --path --jobs ...
  void DeclareRaces(Arguments& arguments);
  void DeclareCgroups(Arguments& arguments);  // --cgroup

  // Throws std::invalid_argument with one line that names the option, what is wrong and the fix.
  Options Resolve() const;

 private:
  std::vector<std::string> worlds_;
  std::vector<std::string> profiles_;
  std::string runtime_;
  std::vector<std::string> privileges_;
  std::string capabilities_;
  std::string path_;
  std::string seed_;
  std::string time_;
  std::string trials_;
  std::string until_;
  std::string jobs_;
  std::string pid_method_;
  Options options_;  // what needs no second look
};

// Throws std::invalid_argument for a world of trials (World::for_trials_only), for commands that
// run none.
void RefuseWorldsOfTrials(const Options& options, std::string_view command);

// Throws std::invalid_argument for a glob of --only that matches nothing: it would make an empty
// run look like a clean one.
void CheckGlobs(const Options& options);

}  // namespace pidproof::runner::commands

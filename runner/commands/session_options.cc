#include "runner/commands/session_options.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <set>
#include <stdexcept>

#include "probes/probe.h"
#include "probes/proposal.h"
#include "probes/worlds/oci_profile.h"
#include "probes/worlds/privileges.h"
#include "runner/choice.h"
#include "runner/json_input.h"
#include "runner/parse_amounts.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::commands {

namespace {

std::optional<scenarios::Path> ParsePath(const std::string& text) {
  if (text.empty() || text == "both") return std::nullopt;
  if (text == Word(scenarios::kPidfd)) return scenarios::kPidfd;
  if (text == Word(scenarios::kLegacyPid)) return scenarios::kLegacyPid;
  throw std::invalid_argument(
      fmt::format("--path: unknown path '{}'; use pidfd, legacy_pid or both", text));
}

OciRuntime ParseRuntime(const std::string& text) try {
  return text.empty() ? OciRuntime::kRunc : ParseOciRuntime(text);
} catch (const std::invalid_argument& error) {
  throw std::invalid_argument(fmt::format("--seccomp-as: {}", error.what()));
}

// Each profile is a world of its own, named after its file.
std::vector<World> LoadProfiles(const std::vector<std::string>& files, const std::string& runtime,
                                const std::string& capabilities) {
  const std::string_view alone = !capabilities.empty() ? "--caps"
                                 : !runtime.empty()    ? "--seccomp-as"
                                                       : "";
  if (files.empty() && !alone.empty()) {
    throw std::invalid_argument(fmt::format("{} is for a profile; name one with --seccomp", alone));
  }
  OciContext context;
  context.runtime = ParseRuntime(runtime);
  context.capabilities = ParseCapabilities(capabilities.empty() ? "docker" : capabilities);
  std::vector<World> worlds;
  for (const std::string& file : files) {
    worlds.push_back(LoadOciProfile(file, ReadJson(file), context));
  }
  return worlds;
}

void RefuseTwice(const std::vector<World>& worlds) {
  std::set<std::string> names;
  for (const World& world : worlds) {
    if (!names.insert(world.name).second) {
      throw std::invalid_argument(
          fmt::format("'{}' is asked for twice; once is enough", world.name));
    }
  }
}

}  // namespace

void SessionOptions::DeclareWorlds(Arguments& arguments) {
  arguments
      .List("--world", worlds_,
            "Pretend another kernel: a name of 'pidproof list --worlds', refusals such as "
            "pidfd_open:enosys, or lies such as trial:pidfd_send_signal:ok, which the trials "
            "alone meet: see a claim fail (repeatable)")
      .Of("WORLD")
      .OneEachTime();
  arguments
      .List("--seccomp", profiles_,
            "Try a seccomp profile as Docker and Podman use them (repeatable)")
      .Of("FILE")
      .OneEachTime();
  arguments
      .Value("--seccomp-as", runtime_,
             "Whose reading of the profile: runc (default), crun, or runsc or an old youki, which "
             "answer EPERM for every errno")
      .Of("RUNTIME");
  arguments
      .Value("--caps", capabilities_,
             "What the profile may assume: docker (default), podman, none, all, or names")
      .Of("LIST");
  arguments
      .List("--as", privileges_,
            "Also probe with reduced privileges: nobody, a uid, nocaps, or drop:CAP_NAME,... "
            "(repeatable)")
      .Of("WHO")
      .OneEachTime();
}

void SessionOptions::DeclareSelection(Arguments& arguments) {
  arguments
      .List("--only", options_.only,
            "Only features and scenarios that match, or what meets that kernel bug (repeatable)")
      .Of("GLOB");
}

void SessionOptions::DeclareRaces(Arguments& arguments) {
  options_.jobs = ParseJobs("");
  arguments.Flag("--conformance-only", options_.conformance_only,
                 "Leave out the races: each question is asked once");
  arguments
      .Value("--for", time_,
             "Time per race and path (default: all share some, where evidence is weak)")
      .Of("DURATION");
  arguments.Value("--trials", trials_, "Trials per race and path").Of("N");
  arguments
      .Value("--until", until_,
             "Stop at the first hazard, or once its rate is below SHARE (95 % confidence), such "
             "as 1e-6")
      .Of("SHARE");
  arguments.Value("--seed", seed_, "Seed of all that is random: order, moments, perturbation")
      .Of("N");
  arguments.Value("--path", path_, "Only one control path: pidfd, legacy_pid or both").Of("PATH");
  arguments
      .Value("--jobs", jobs_,
             "Conformance scenarios, or workers of one race, at once (default: processors)")
      .Of("N");
  arguments
      .Value("--pid-method", pid_method_,
             "How to force PID reuse; later methods are fallbacks: set_tid, ns_last_pid, "
             "pid_max, wrap (only with --allow-pid-wrap)")
      .Of("METHOD");
  arguments.Flag("--allow-pid-wrap", options_.allow_pid_wrap,
                 "Go on when half of the PIDs of the caller's namespace have been used up");
}

void SessionOptions::DeclareCgroups(Arguments& arguments) {
  arguments
      .List("--cgroup", options_.cgroups,
            "A cgroup directory that this user may use, as by systemd's Delegate=: version 2, or "
            "the version 1 freezer. Trials make cgroups there, which are removed (repeatable)")
      .Of("DIR")
      .OneEachTime();
}

Options SessionOptions::Resolve() const {
  Options options = options_;
  for (const std::string& world : worlds_) options.worlds.push_back(World::Parse(world));
  for (World& world : LoadProfiles(profiles_, runtime_, capabilities_)) {
    options.worlds.push_back(std::move(world));
  }
  options.names_worlds = !options.worlds.empty() || !privileges_.empty();
  if (options.worlds.empty()) options.worlds.push_back(World::Parse("native"));
  const std::vector<World> with_all_privileges = options.worlds;
  for (const World& world : with_all_privileges) {
    for (const std::string& privileges : privileges_) {
      options.worlds.push_back(world.As(Privileges::Parse(privileges)));
    }
  }
  RefuseTwice(options.worlds);
  options.path = ParsePath(path_);
  options.seed = ParseSeed(seed_);
  if (!jobs_.empty()) options.jobs = ParseJobs(jobs_);
  options.torture = ParseBudget(time_, trials_, until_);
  if (!pid_method_.empty()) options.pid_method = ParsePidMethod(pid_method_);
  if (options.pid_method == scenarios::PidMethod::kWrap && !options.allow_pid_wrap) {
    throw std::invalid_argument("--pid-method wrap uses PIDs up: give --allow-pid-wrap too");
  }
  return options;
}

void RefuseWorldsOfTrials(const Options& options, std::string_view command) {
  for (const World& world : options.worlds) {
    if (!world.for_trials_only) continue;
    throw std::invalid_argument(
        fmt::format("--world {}: it applies to trials, and {} runs none; leave out 'trial:'",
                    world.name, command));
  }
}

void CheckGlobs(const Options& options) {
  for (const std::string& glob : options.only) {
    const auto matches = [&](std::string_view name) {
      return fnmatch(glob.c_str(), std::string(name).c_str(), 0) == 0;
    };
    bool found = false;
    for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
      const bool left_out =
          options.probe_only || (options.conformance_only && scenario->IsTorture());
      found |= !left_out && (matches(scenario->name) || MayMeet(*scenario, glob));
    }
    for (const Probe* probe : Registered<Probe>::All()) found |= matches(probe->name);
    for (const Proposal* proposal : Registered<Proposal>::All()) found |= matches(proposal->name);
    if (!found) {
      throw std::invalid_argument(
          fmt::format("--only '{}' matches no feature{}; 'pidproof list' prints all names", glob,
                      options.probe_only         ? ", and probe runs no scenario"
                      : options.conformance_only ? " and no scenario but torture"
                                                 : " and no scenario"));
    }
  }
}

}  // namespace pidproof::runner::commands

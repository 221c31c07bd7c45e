#include "runner/options.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <set>
#include <stdexcept>
#include <thread>

#include "probes/oci_profile.h"
#include "probes/probe.h"
#include "runner/amounts.h"
#include "runner/json_input.h"
#include "scenarios/scenario.h"

namespace pidproof {

namespace {

constexpr int kUsage = 2;
constexpr std::size_t kMostJobs = 64;

// What CLI11 fills in, before it is understood.
struct Raw {
  std::vector<std::string> worlds;
  std::vector<std::string> profiles;
  std::vector<std::string> views;
  std::string capabilities;
  std::string path;
  std::string seed;
  std::string time;
  std::string trials;
  std::string until;
  std::string deal;
};

std::optional<Path> ParsePath(const std::string& text) {
  if (text.empty() || text == "both") return std::nullopt;
  if (text == Word(kPidfd)) return kPidfd;
  if (text == Word(kLegacyPid)) return kLegacyPid;
  throw std::invalid_argument(
      fmt::format("--path '{}' is no path; write pidfd, legacy_pid or both", text));
}

// Each profile is a world of its own, named after its file.
void AddProfiles(const Raw& raw, Options& options) {
  if (raw.profiles.empty() && !raw.capabilities.empty()) {
    throw std::invalid_argument("--caps is for a profile; name one with --seccomp");
  }
  OciContext context;
  context.capabilities = ParseCapabilities(raw.capabilities.empty() ? "docker" : raw.capabilities);
  for (const std::string& file : raw.profiles) {
    options.worlds.push_back(LoadOciProfile(file, FetchJson(file), context));
  }
}

// Each view of each world stands beside the full view.
void AddViews(const Raw& raw, Options& options) {
  const std::vector<World> seen_in_full = options.worlds;
  for (const World& world : seen_in_full) {
    for (const std::string& who : raw.views) {
      options.worlds.push_back(world.As(View::Parse(who)));
    }
  }
  std::set<std::string> names;
  for (const World& world : options.worlds) {
    if (!names.insert(world.name).second) {
      throw std::invalid_argument(
          fmt::format("'{}' is asked for twice; once is enough", world.name));
    }
  }
}

void Understand(const Raw& raw, Options& options) {
  for (const std::string& world : raw.worlds) options.worlds.push_back(World::Parse(world));
  AddProfiles(raw, options);
  options.names_worlds = !options.worlds.empty() || !raw.views.empty();
  if (options.worlds.empty()) options.worlds.push_back(World::Parse("native"));
  AddViews(raw, options);
  if (!options.json.empty() && options.json == options.html) {
    throw std::invalid_argument("--json and --html name the same place; name two");
  }
  options.path = ParsePath(raw.path);
  options.seed = ParseSeed(raw.seed);
  options.torture = ParseBudget(raw.time, raw.trials, raw.until);
  if (!raw.deal.empty()) options.deal = ParseDeal(raw.deal);
}

// A glob that names nothing is a mistake: it would make an empty run look like a clean one.
void CheckGlobs(const Options& options, bool features_only) {
  for (const std::string& glob : options.only) {
    const auto names = [&](std::string_view name) {
      return fnmatch(glob.c_str(), std::string(name).c_str(), 0) == 0;
    };
    bool found = false;
    for (const Scenario* scenario : Registered<Scenario>::All()) {
      const bool left_out =
          features_only || (options.conformance_only && scenario->kind == Scenario::kTorture);
      found |= !left_out && names(scenario->name);
    }
    for (const Probe* probe : Registered<Probe>::All()) found |= names(probe->name);
    if (!found) {
      throw std::invalid_argument(
          fmt::format("--only '{}' names no feature{}; 'pidproof list' names them all", glob,
                      features_only              ? ", and probe runs no scenario"
                      : options.conformance_only ? " and no scenario but those of torture"
                                                 : " and no scenario"));
    }
  }
}

void AddRunOptions(CLI::App& app, Raw& raw, Options& options) {
  app.add_option("--world", raw.worlds,
                 "The kernel to pretend: native, a named one, or refusals such as "
                 "pidfd_open:enosys (repeatable)")
      ->type_name("WORLD");
  app.add_option("--seccomp", raw.profiles,
                 "A seccomp profile as Docker and Podman use them, to try out (repeatable)")
      ->type_name("FILE");
  app.add_option("--caps", raw.capabilities,
                 "What the profile may assume: docker, podman, none, all, or names (docker)")
      ->type_name("LIST");
  app.add_option("--as", raw.views,
                 "See every world with fewer rights too: nobody, a user's number, nocaps, or "
                 "drop:CAP_NAME,... (repeatable)")
      ->type_name("WHO");
  app.add_option("--only", options.only, "Only features and scenarios that match (repeatable)")
      ->type_name("GLOB");
  app.add_flag("--conformance-only", options.conformance_only,
               "Leave out the torture scenarios: each question is asked once");
  app.add_option("--json", options.json, "Write the document there ('-': stdout)")
      ->type_name("FILE");
  app.add_option("--html", options.html, "Write the report page there ('-': stdout)")
      ->type_name("FILE");
  CLI::Option* quiet = app.add_flag("--quiet", options.quiet, "Print no table");
  app.add_flag("--verbose", options.verbose, "Print every row, with its question and evidence")
      ->excludes(quiet);
  app.add_option("--seed", raw.seed, "Seed of all that is drawn by chance: orders, moments, levers")
      ->type_name("N");
  app.add_option("--for", raw.time,
                 "Time per torture scenario and path (else all share some, where evidence is weak)")
      ->type_name("DURATION");
  app.add_option("--trials", raw.trials, "So many trials per torture scenario and path")
      ->type_name("N");
  app.add_option("--until", raw.until,
                 "Until a harm is seen, or is known with 95 % confidence to be rarer than that "
                 "share of the opportunities, such as 1e-6")
      ->type_name("SHARE");
  app.add_option("--deal", raw.deal,
                 "The first way of dealing numbers to be tried, of these, in this order: set_tid, "
                 "ns_last_pid, pid_max, wrap (wrap only with --allow-pid-wrap)")
      ->type_name("WAY");
  app.add_option("--path", raw.path, "pidfd, legacy_pid or both")->type_name("PATH");
  app.add_flag("--hostname", options.hostname, "Put the machine's name into the document");
  app.add_option("--jobs", options.jobs,
                 "Conformance scenarios, or workers of one torture, at once (as many as "
                 "processors)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, kMostJobs));
  app.add_flag("--allow-pid-wrap", options.allow_pid_wrap,
               "Go on when half of the caller's pid numbers have been used up");
}

}  // namespace

bool Options::Wants(std::string_view name) const {
  if (only.empty()) return true;
  for (const std::string& glob : only) {
    if (fnmatch(glob.c_str(), std::string(name).c_str(), 0) == 0) return true;
  }
  return false;
}

std::optional<Options> ParseOptions(int argc, char** argv, int& status) {
  Options options;
  options.jobs = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostJobs);
  Raw raw;
  CLI::App app("Which pidfd features are here, and do they hold under races?", "pidproof");
  app.set_version_flag("--version", "pidproof " PIDPROOF_VERSION);
  app.require_subcommand(0, 1);
  CLI::App& run =
      *app.add_subcommand("run", "Probe the kernel and run the scenarios (the default)");
  CLI::App& probe = *app.add_subcommand("probe", "Probe the kernel only");
  CLI::App& list = *app.add_subcommand("list", "Name the features and the scenarios");
  CLI::App& show =
      *app.add_subcommand("show", "Print a document as a table, or as a page with --html");
  CLI::App& table = *app.add_subcommand("table", "Set documents side by side");
  AddRunOptions(app, raw, options);
  for (CLI::App* measures : {&run, &probe}) {
    measures->fallthrough();
    measures->footer("It takes the options that 'pidproof --help' names.");
  }
  CLI::Option* worlds = list.add_flag("--worlds", options.list_worlds, "Name the worlds instead");
  list.add_flag("--claims", options.list_claims, "All claims, by where they are written")
      ->excludes(worlds);
  show.add_option("FILE", options.files, "The document")->required()->expected(1);
  show.add_option("--html", options.html, "Write the report page there")->type_name("FILE");
  show.add_flag("--verbose", options.verbose, "Print every row, with its question and evidence");
  table.add_option("FILE", options.files, "The documents")->required();
  table.add_flag("--markdown", options.markdown, "As Markdown");
  table.add_flag("--fold", options.fold, "Let environments that say the same share a column");
  table.add_flag("--differing", options.differing, "Only the rows that differ");
  CLI::App& ready =
      *app.add_subcommand("ready", "Tell where Go, systemd, Rust ... will fall back or break here");
  ready.add_option("CONSUMER", options.consumers,
                   "Ids or families, such as go or systemd-258 (all)");
  ready
      .add_option("--require", options.require,
                  "Exit 1 unless these are ready, 3 when it cannot be told")
      ->type_name("LIST")
      ->delimiter(',');
  ready.add_option("--from", options.from, "Read a document instead of probing this machine")
      ->type_name("FILE");
  ready.fallthrough();
  CLI::App& explain = *app.add_subcommand("explain", "Tell all about one feature or scenario");
  explain.add_option("NAME", options.explained, "As 'pidproof list' names it")->required();
  explain.add_option("--from", options.from, "A document, to tell what became of it there too")
      ->type_name("FILE");
  CLI::App& replay = *app.add_subcommand(
      "replay", "Run again, as they went, the trials that a document has records of");
  replay.add_option("FILE", options.files, "The document")->required()->expected(1);
  replay.fallthrough();
  CLI::App& expect =
      *app.add_subcommand("expect", "Hold a document against what is expected of it");
  expect.add_option("EXPECTATIONS", options.expectations, "What is expected")->required();
  expect
      .add_option(
          "--named", options.named,
          "What may excuse a word that is expected as WORD:named: one of these in the reason")
      ->type_name("PHRASE,...")
      ->delimiter(',');
  expect.add_option("FILE", options.files, "The document")->required()->expected(1);
  CLI::App& kernel_log = *app.add_subcommand(
      "kernel-log",
      "Print the lines of a kernel's log or console that report trouble: a WARN, an "
      "oops, a stall ... (exit 1 if there are any)");
  kernel_log.add_option("FILE", options.files, "The log, as a console or dmesg shows it")
      ->required()
      ->expected(1);
  try {
    app.parse(argc, argv);
    Understand(raw, options);
    CheckGlobs(options, probe.parsed());
  } catch (const CLI::CallForHelp& help) {
    status = app.exit(help);
    return std::nullopt;
  } catch (const CLI::CallForVersion& version) {
    status = app.exit(version);
    return std::nullopt;
  } catch (const std::exception& mistake) {
    fmt::print(stderr, "pidproof: {}\n", mistake.what());
    status = kUsage;
    return std::nullopt;
  }
  if (probe.parsed()) options.command = Options::kProbe;
  if (list.parsed()) options.command = Options::kList;
  if (show.parsed()) options.command = Options::kShow;
  if (table.parsed()) options.command = Options::kTable;
  if (ready.parsed()) options.command = Options::kReady;
  if (explain.parsed()) options.command = Options::kExplain;
  if (expect.parsed()) options.command = Options::kExpect;
  if (replay.parsed()) options.command = Options::kReplay;
  if (kernel_log.parsed()) options.command = Options::kKernelLog;
  return options;
}

}  // namespace pidproof

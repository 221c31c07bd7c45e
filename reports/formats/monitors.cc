// One line for monitors: Nagios, Icinga and Sensu, and Kubernetes' node-problem-detector.
#include <fmt/format.h>

#include <algorithm>

#include "reports/formats/first_world.h"
#include "reports/formats/format.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::formats::monitors {

namespace {

using Documents = std::vector<compare::NamedDocument>;

struct State {
  std::size_t features = 0;
  std::size_t present = 0;
  VerdictCounts verdicts;
  int status = 0;  // as ExitStatus
};

State StateOf(const Document& document) {
  const std::vector<Feature> features = FirstWorldFeatures(document);
  return {.features = features.size(),
          .present = static_cast<std::size_t>(
              std::ranges::count(features, Availability::kPresent, &Feature::availability)),
          .verdicts = CountVerdicts(document),
          .status = features.empty() && document.cells.empty() ? 3 : ExitStatus(document)};
}

// "2 violated: wait/zombie pidfd ..."
std::string WhatIsWrong(const State& state) {
  const auto named = [](const std::vector<std::string>& names, std::string_view what) {
    return fmt::format("{} {}: {}", names.size(), what, names.front());
  };
  if (!state.verdicts.violated.empty()) return named(state.verdicts.violated, "violated");
  if (!state.verdicts.undecided.empty()) return named(state.verdicts.undecided, "undecided");
  return state.status == 0 ? "nothing violated" : "not enough could be determined";
}

// What stands behind a '|' is counts.
std::string Nagios(const Documents& documents, const Settings&) {
  const State state = StateOf(documents[0].document);
  const std::string_view word = state.status == 0   ? "OK"
                                : state.status == 1 ? "CRITICAL"
                                                    : "UNKNOWN";
  std::string text =
      fmt::format("PIDPROOF {} - {}, {} of {} features present", word,
                  text::Printable(WhatIsWrong(state)), state.present, state.features);
  std::ranges::replace(text, '|', '/');
  return fmt::format(
      "{} | 'features'={};;;0;{} 'upheld'={};;;0 'hazardous'={};;;0 'hazardous by pidfd'={};;;0 "
      "'violated'={};;0;0 'undecided'={};0;;0\n",
      text, state.present, state.features, state.verdicts.upheld, state.verdicts.hazardous,
      state.verdicts.hazardous_by_pidfd, state.verdicts.violated.size(),
      state.verdicts.undecided.size());
}

// It shows no more than 80 bytes.
std::string Npd(const Documents& documents, const Settings&) {
  const State state = StateOf(documents[0].document);
  constexpr std::size_t kMost = 80;
  std::string text = fmt::format("pidproof: {}/{} features; {}", state.present, state.features,
                                 text::Printable(WhatIsWrong(state)));
  for (char& letter : text) {
    if (static_cast<unsigned char>(letter) > 126) letter = '?';
  }
  return text.substr(0, kMost - 1) + "\n";
}

const Registered<Format> kNagios{{
    .name = "nagios",
    .summary = "a line for Nagios, Icinga and Sensu, with --exit-style nagios",
    .is_of_one_host = true,
    .render = Nagios,
}};

const Registered<Format> kNpd{{
    .name = "npd",
    .summary = "a line for node-problem-detector, with --exit-style npd",
    .is_of_one_host = true,
    .render = Npd,
}};

}  // namespace

}  // namespace pidproof::reports::formats::monitors

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/document.h"
#include "reports/document/index.h"
#include "reports/text/terminal_style.h"

namespace pidproof::reports::text {

// More rows than this are summed up, unless each is asked for.
inline constexpr std::size_t kMostRows = 40;

// The native features that are not plainly present, those with the same answer and refuser on one
// line.
std::string FeaturesOverview(const std::vector<const Feature*>& features,
                             const TerminalStyle& style);

// Lines for what is proposed and in no release; none where nothing of it was asked for.
std::string ProposedOverview(const std::vector<Proposed>& proposed, const TerminalStyle& style);

// One line per topic: how many scenarios, and their verdicts on both paths; topics with nothing but
// upheld and unsupported share the last lines. A race counts under the topic that it races:
// getfd_race under getfd.
std::string TopicsOverview(const std::vector<Index::Row>& rows, const TerminalStyle& style);

// What a reader needs first, in that order: what is violated or undecided; kernel bugs that were
// met; harm that came by PID and not by pidfd; harm that a pidfd does not prevent; weak evidence;
// what was not asked, and why.
std::string FindingsOverview(const std::vector<Index::Row>& rows, const TerminalStyle& style);

}  // namespace pidproof::reports::text

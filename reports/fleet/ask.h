#pragma once

#include <string>

#include "reports/fleet/question.h"

namespace pidproof::reports::fleet {

// Throws std::invalid_argument, in one line, for a question that is none, for words too many or too
// few, and as the question does.
Answer Ask(Database& fleet, const std::string& question, const Asked& asked);

// "columns, missing FEATURE, ...", for the help.
std::string QuestionsText();

}  // namespace pidproof::reports::fleet

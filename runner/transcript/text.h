#pragma once

#include <string>

#include "runner/transcript/script.h"

namespace pidproof::runner::transcript {

// "waitid(P_PIDFD, pidfd_1, {...}, WEXITED, NULL)": the call as in C, with what its memory holds.
std::string CallText(const Step& step);
// What it answered: "0", "-1 ESRCH", "3 (pidfd_1)".
std::string AnswerText(const Step& step);

// One line for each call, in order; a call that waited has a second one where it returns.
std::string Text(const Script& script);

}  // namespace pidproof::runner::transcript

#pragma once

#include <string>

namespace pidproof::runner::commands {

// The name under which 'explain' prints it.
inline constexpr const char* kErrnos = "errnos";

// A runbook: what each answer of each call means at each moment of a process's life, and whether it
// is expected, asks for a fallback or is abnormal. Made of the claims of the scenarios and the
// answers of the probes; at most TerminalStyle::kColumns wide.
std::string ExplainErrnos();

}  // namespace pidproof::runner::commands

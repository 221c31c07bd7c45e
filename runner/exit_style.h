// What a program's exit status means to the tool that started it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/document.h"

namespace pidproof::runner {

enum class ExitStyle {
  kNative,     // 0 nothing violated, 1 something is, 2 usage, 3 undecided
  kKselftest,  // 0 pass, 1 fail, 4 skip (tools/testing/selftests/kselftest.h)
  kLtp,        // bits: 1 TFAIL, 2 TBROK, 32 TCONF (include/tst_res_flags.h)
  kAutomake,   // 0 pass, 1 fail, 77 skip, 99 hard error (Automake manual, Scripts-based Testsuites)
  kBisect,     // 0 good, 1 bad, 125 cannot be told; 128 ends the bisection (git-bisect(1))
  kNagios,     // 0 OK, 2 critical, 3 unknown (Monitoring Plugins guidelines)
  kNpd,        // 0 OK, 1 problem, 2 unknown (node-problem-detector, custom plugins)
  kExecCondition,  // 0 go on, 1 to 254 skip the unit, 255 fail it (systemd.service(5))
  kAlwaysZero,     // 0 wherever there is a document, for pipelines that read it
};

// The names that a user may give, "native" first.
std::vector<std::string> ExitStyleNames();

// Nothing for a name that is none.
std::optional<ExitStyle> ExitStyleOf(std::string_view name);

// The status for a document: of any but native, an undecided row is no failure where others are
// decided, but one that hung, crashed or could not be set up is; a document with a gap never
// passes.
int StatusOf(const reports::Document& document, ExitStyle style);

// A native status in that style: that of a program that made no document, for wrong usage or input
// (2) or since nothing can be determined (3), and of a comparison (1: worse).
int StatusAs(int native, ExitStyle style);

// The style that a command line asks for, known even where the rest of it is wrong.
ExitStyle ExitStyleIn(int argc, char** argv);

}  // namespace pidproof::runner

#pragma once

#include <string>

#include "probes/probe.h"

namespace pidproof::refusal {

// The answer of a probe that could not use a file of /proc: who refuses, and what would help. A
// /proc may be missing, that of another PID namespace, masked by another mount, read-only, or
// reduced to processes (proc(5), subset=pid); all of these are refused_by "proc". error: of open(2)
// or read(2). A file that is not writable (EROFS, EACCES under /proc/sys) is a refusal of the
// feature; the rest counts as not tried, since it says nothing about the feature.
Answer ProcRefusal(const std::string& path, int error);

// Whether path is a file of procfs, not something mounted over it.
bool IsOfProc(const std::string& path);

// Whether this /proc has files besides those of processes, such as /proc/sys.
bool HasProcSys();

}  // namespace pidproof::refusal

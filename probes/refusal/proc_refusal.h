#pragma once

#include <string>

#include "probes/probe.h"

namespace pidproof {

// What a probe answers that needs a file of /proc and did not get it: who refuses, and what would
// help. A /proc may be absent, that of another pid namespace, masked by another mount, read-only,
// or reduced to processes (proc(5), subset=pid); all of these are refused_by "proc".
// error: of open(2) or read(2). That a file is not writable (EROFS, EACCES under /proc/sys) is a
// refusal of what the file does; the rest counts as not tried, for it says nothing of the feature.
Answer ProcRefusal(const std::string& path, int error);

// Whether path is a file of procfs, not something mounted over it.
bool IsOfProc(const std::string& path);

// Whether this /proc has files that are not of processes, such as /proc/sys.
bool HasProcSys();

}  // namespace pidproof

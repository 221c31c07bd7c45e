#pragma once

#include <string>

#include "reports/document/document.h"

namespace pidproof::reports {

// Sixteen hexadecimal digits over what matters to the results: the kernel, the rights and policies
// of the process, and what every feature answered in the first world. Hosts with the same digits
// may be treated as one. What merely differs is not in it: names, users, times, how many PIDs there
// may be (by the number of processors), how many filters are installed (their answers are).
std::string Fingerprint(const Document& document);

}  // namespace pidproof::reports

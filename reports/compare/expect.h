#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/document.h"

namespace pidproof::reports::compare {

// What is expected of some rows of a document, and why. Later ones overrule earlier ones.
struct Expectation {
  enum Kind { kFeature, kVerdict, kBound, kKernelLog, kKernelBug, kCost };
  Kind kind = kFeature;
  std::string name;       // a glob over names of features, scenarios, kernel bugs or costs, or over
                          // the kernel's lines
  std::string path;       // a glob over paths; verdicts and bounds only
  std::string word;       // an availability ("denied", "denied:yama", "absent:older": on a kernel
                          // that is older than the feature; "since": present from its release on,
                          // absent before) or a verdict; several with a slash
  double share = 1;       // of a bound: harm must be bounded below it
  std::string world;      // of the rows
  std::string reason;     // the reason, with its source in brackets
  std::string place;      // "file:line", for complaints
  bool included = false;  // from a file that another one included
};

// Reads lines of the form
//   feature NAME WORD | reason [source]
//   verdict NAME PATH WORD | reason [source]
//   bound NAME PATH SHARE | reason [source]: where such a torture cell is upheld, harm comes, with
//     95 % confidence, in less than that share of the opportunities: 1e-3 where it reads strong
//   kernel_log GLOB | why a kernel that ran nothing else reports that [source]
//   kernel_bug NAME | why it may come or go [source]: for diff (diff.h) only
//   cost NAME | why it may take longer [source]: for diff only
//   world NAME: what follows is expected of that world's rows, not of those of the native one
//   include FILE: what it says of the native world is expected of the world of the line
//   # comment
// fetch returns the text of a file. Throws std::runtime_error with one line that names file, line
// and fix.
std::vector<Expectation> ReadExpectations(
    const std::string& file, const std::function<std::string(const std::string&)>& fetch);

// A verdict needs no line where it follows from what the document says elsewhere: a path is
// unsupported for want of a feature that is not there (whose own row has its line), for want of
// isolation on a host that has none, or since the scenario claims nothing of that path. Nor does a
// torture cell that is inconclusive, for a busy machine decides that, while these are few: no more
// than one in twenty of the document's.
//
// A verdict's word may be followed by ":named": it is then allowed only where the row's reason has
// one of the phrases of named in it, such as the names of what restricts the host ("EMFILE"); in
// whatever case. So may a run that failed as a whole: nothing that follows from that is reported.
//
// What does not fit, a line each: rows of the native world (and of the others that lines name) that
// are not as expected or that nothing is expected of, and expectations (other than included ones)
// that decide no row and so are stale. First comes what a kernel that ran nothing else reported:
// each line of trouble that no kernel_log line allows. On a shared kernel others may have caused
// it.
//
// A run may have been asked for some rows only: an expectation of which is_asked is false need not
// decide one.
std::vector<std::string> Mismatches(
    const std::vector<Expectation>& expectations, const Document& document,
    const std::vector<std::string>& named = {},
    const std::function<bool(const Expectation&)>& is_asked = [](const Expectation&) {
      return true;
    });

}  // namespace pidproof::reports::compare

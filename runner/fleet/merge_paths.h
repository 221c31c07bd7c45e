#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "reports/fleet/record.h"

namespace pidproof::runner::fleet {

struct Merged {
  std::size_t documents = 0;  // that were read
  std::size_t added = 0;      // that the fleet did not have
  std::size_t skipped = 0;
};

// Merges the documents of files, of the files in folders and, for "-", of stdin into the fleet at
// that place. skip is called with one line for each that cannot be merged: "FILE: the reason".
// rename: a name for each host, or nothing.
// Throws std::invalid_argument for a path that is not there, before anything is done, and
// std::runtime_error where the fleet cannot be written; what was committed until then is kept.
Merged MergePaths(const std::vector<std::string>& paths, const std::string& fleet,
                  const reports::fleet::RecordReader::Rename& rename,
                  const std::function<void(const std::string& line)>& skip);

}  // namespace pidproof::runner::fleet

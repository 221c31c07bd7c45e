// A process beside the one of the rows, outside their PID namespace. What it holds is not copied by
// rows that fork, and its trials have what those of `pidproof run` have.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "probes/system/child.h"
#include "probes/system/fd.h"

namespace pidproof::runner::benchmarks {

class Helper {
 public:
  // Returns the seconds that it has taken. May throw Unsupported. RowIsolation is that of the rows.
  using Work = std::function<double()>;

  // The number of that work.
  std::size_t Add(Work work);
  // Forks it, with what was added: as rows are registered, and so before they have a namespace.
  void Start();
  // Throws Unsupported, as the work does.
  double Run(std::size_t number);

 private:
  std::vector<Work> works_;
  Fd socket_;
  std::optional<Child> process_;
};

}  // namespace pidproof::runner::benchmarks

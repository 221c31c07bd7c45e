#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pidproof::reports::fleet {

struct Folded {
  std::string nodeset;
  std::size_t left_out = 0;  // names that no nodeset can hold
};

// Names of hosts as ClusterShell folds them: "n[1-312,315],rack1-node[01-04].example.org"
// (nodeset(1)). The last number of a name's first label is folded. The result does not depend on
// their order.
Folded FoldHosts(const std::vector<std::string>& hosts);

}  // namespace pidproof::reports::fleet

#include "reports/fleet/answer.h"

#include <set>

namespace pidproof::reports::fleet {

std::vector<std::string> MatchingHosts(const Answer& answer) {
  std::set<std::string> hosts;
  for (const AnswerRow& row : answer.rows) {
    if (row.matches) hosts.insert(row.hosts.begin(), row.hosts.end());
  }
  return {hosts.begin(), hosts.end()};
}

}  // namespace pidproof::reports::fleet

// Conditions on hosts: "feature:pidfd_open=filtered release>=6.12 not container:docker*".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/fleet/database.h"

namespace pidproof::reports::fleet {

// "count>1": of the hosts that have one profile.
struct CountCondition {
  std::string comparison;  // "<", "<=", "=", "!=", ">=" or ">"
  std::uint64_t count = 0;

  bool Holds(std::uint64_t hosts) const;
};

// A feature, or a glob of scenarios, as the expression names it, and a query with a row where some
// host was asked for it.
struct Named {
  std::string text;
  std::string query;
  Value parameter;
};

// A condition of SQL on a run `r` and its environment `e`, with its parameters from $1 on.
struct Where {
  std::string sql;
  std::vector<Value> parameters;
  std::optional<CountCondition> count;
  std::vector<Named> named;
};

// What the expression may hold, a line each, for the help.
extern const std::string_view kWhereHelp;

// Throws std::invalid_argument with one line that names the place and what may stand there.
Where ParseWhere(std::string_view expression);

// Throws std::invalid_argument, in one line, for a name that no host was asked for: it may be
// mistyped, and that no host matches would say nothing.
void RequireNames(Database& fleet, const Where& where);

}  // namespace pidproof::reports::fleet

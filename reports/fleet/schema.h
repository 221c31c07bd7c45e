#pragma once

#include <string>

#include "reports/fleet/database.h"

namespace pidproof::reports::fleet {

// The version of the tables below, which table `fleet` holds.
inline constexpr int kSchemaVersion = 1;

// The statements that make them: those of SQLite, in which PostgreSQL's type for 64 bits has
// another name and tables have no order. Every key is a digest of what it stands for, so that a
// fleet is the same whatever it was merged from first.
std::string SchemaStatements(Dialect dialect);

}  // namespace pidproof::reports::fleet

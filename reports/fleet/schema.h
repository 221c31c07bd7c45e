#pragma once

#include <string>
#include <string_view>

namespace pidproof::reports::fleet {

// The version of the tables below, which table `fleet` holds.
inline constexpr int kSchemaVersion = 1;

// The statements that make them. Every key is a digest of what it stands for, so that a fleet is the
// same whatever it was merged from first. integer: the database's type for 64 bits.
std::string SchemaStatements(std::string_view integer);

}  // namespace pidproof::reports::fleet

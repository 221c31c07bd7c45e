#include "reports/fleet/database.h"

#include <fmt/format.h>

#include <stdexcept>

#include "reports/fleet/schema.h"

namespace pidproof::reports::fleet {

namespace {

const Engine& EngineFor(const std::string& place) {
  for (const Engine* engine : Registered<Engine>::All()) {
    if (engine->is_its(place)) return *engine;
  }
  throw std::runtime_error(
      fmt::format("{}: this program is built without the library for it: give a file, or use "
                  "pidproof-postgres",
                  place));
}

void MakeTables(Database& database) {
  database.Begin();
  // Another program may have made them while this one waited.
  if (!database.HasTable("fleet")) {
    database.Execute(SchemaStatements(database.dialect()));
    database.Query("INSERT INTO fleet VALUES ($1)", {std::int64_t{kSchemaVersion}});
  }
  database.Commit();
}

}  // namespace

std::unique_ptr<Database> OpenFleet(const std::string& place, Use use) {
  std::unique_ptr<Database> database = EngineFor(place).open(place, use);
  if (!database->HasTable("fleet")) {
    if (use == Use::kRead) {
      throw std::runtime_error(
          fmt::format("{}: not a fleet: make one with pidproof merge -o FILE PATH...", place));
    }
    MakeTables(*database);
  }
  const ResultTable version = database->Query("SELECT version FROM fleet");
  const std::int64_t found = version.rows.empty() ? 0 : Integer(version.rows[0][0]);
  if (found == kSchemaVersion) return database;
  throw std::runtime_error(
      fmt::format("{}: a fleet of version {}, and this program knows {}: use the pidproof that "
                  "wrote it",
                  place, found, kSchemaVersion));
}

std::string Text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return "";
}

std::int64_t Integer(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? 0 : *number;
}

}  // namespace pidproof::reports::fleet

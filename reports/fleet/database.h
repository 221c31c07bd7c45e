// A database of a fleet: a file of SQLite, or a server of PostgreSQL. Statements are in what both
// understand.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "probes/registry.h"

namespace pidproof::reports::fleet {

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

enum class Use { kRead, kWrite };
enum class Dialect { kSqlite, kPostgresql };

struct ResultTable {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

// What fails throws std::runtime_error with one line that begins with the database's name; the
// transaction under way is then undone when the database is closed.
class Database {
 public:
  virtual ~Database() = default;
  virtual bool HasTable(std::string_view name) = 0;
  // Statements without parameters and results, separated by semicolons.
  virtual void Execute(const std::string& statements) = 0;
  // One statement, with $1, $2 ... for the parameters.
  virtual ResultTable Query(const std::string& statement,
                            const std::vector<Value>& parameters = {}) = 0;
  // Begins a transaction that writes; waits for that of another program.
  virtual void Begin() = 0;
  void Commit() { Execute("COMMIT"); }
  virtual Dialect dialect() const = 0;
  // What keeps a statement of a user from writing, as the first of a transaction.
  virtual void RefuseWrites() = 0;
};

// A kind of database: a `const Registered<Engine>` in a file of this folder.
struct Engine {
  std::string_view name;
  bool (*is_its)(std::string_view place);
  std::unique_ptr<Database> (*open)(const std::string& place, Use use);
};

// The database at that place, "fleet.db" or "postgresql://USER@HOST/NAME", with the schema of this
// program: an empty one is given it where it is to be written. Throws std::runtime_error, in one
// line, where it cannot be opened, is another program's, or has a newer schema.
std::unique_ptr<Database> OpenFleet(const std::string& place, Use use);

// A value as text, empty for none; and as a whole number, 0 for none.
std::string Text(const Value& value);
std::int64_t Integer(const Value& value);

}  // namespace pidproof::reports::fleet

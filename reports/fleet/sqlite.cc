// A fleet in a file of SQLite.
#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>
#include <unordered_map>

#include "reports/fleet/database.h"

namespace pidproof::reports::fleet::sqlite {

namespace {

constexpr int kWaitMs = 10 * 60 * 1000;  // for another program that writes

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

// What a user can do about it.
std::string_view FixFor(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ": free space there, and merge again; what was committed is kept";
    case SQLITE_READONLY:
      return ": name a file that may be written, in a folder that may be";
    case SQLITE_CANTOPEN:
      return ": name a file that can be opened, in a folder that is there";
    case SQLITE_BUSY:
      return ": another program writes to it; try again when it has ended";
    case SQLITE_NOTADB:
      return ": it is another kind of file; name a fleet, or a file that is not there yet";
    case SQLITE_CORRUPT:
      return ": it is damaged; merge the documents into a new file";
    case SQLITE_AUTH:
      return ": give a select, which only reads";
    default:
      return "";
  }
}

Value ValueAt(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    default:
      break;
  }
  const void* bytes = sqlite3_column_blob(statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return std::string(static_cast<const char*>(bytes), size);
}

class File : public Database {
 public:
  File(const std::string& name, Use use) : name_(name) {
    // For reading too: what a merge that was killed has left must be undone first.
    const int flags = SQLITE_OPEN_READWRITE | (use == Use::kRead ? 0 : SQLITE_OPEN_CREATE);
    const int code = sqlite3_open_v2(name.c_str(), &file_, flags, nullptr);
    if (code != SQLITE_OK) {
      const std::string why = WhyOf(code);
      sqlite3_close(file_);
      throw std::runtime_error(why);
    }
    sqlite3_busy_timeout(file_, kWaitMs);
    Execute("PRAGMA case_sensitive_like = 1");
    if (use == Use::kRead) Execute("PRAGMA query_only = 1");
    // Rows of races go to all parts of their indexes: 12 MiB of them, instead of 2, are kept.
    Execute("PRAGMA cache_size = -12288");
  }
  ~File() override {
    statements_.clear();
    sqlite3_close(file_);
  }
  File(const File&) = delete;

  bool HasTable(std::string_view name) override {
    const ResultTable tables = Query("SELECT name FROM sqlite_master WHERE type = 'table'");
    bool found = false;
    for (const auto& row : tables.rows) found |= Text(row[0]) == name;
    if (found || tables.rows.empty()) return found;
    throw std::runtime_error(fmt::format(
        "{}: a database of another program: name a fleet, or a file that is not there yet", name_));
  }

  void Execute(const std::string& statements) override {
    Check(sqlite3_exec(file_, statements.c_str(), nullptr, nullptr, nullptr));
  }

  ResultTable Query(const std::string& text, const std::vector<Value>& parameters = {}) override {
    sqlite3_stmt* statement = Prepared(text);
    for (std::size_t i = 0; i < parameters.size(); ++i) Bind(statement, i + 1, parameters[i]);
    ResultTable table;
    const int columns = sqlite3_column_count(statement);
    for (int i = 0; i < columns; ++i) table.columns.emplace_back(sqlite3_column_name(statement, i));
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      std::vector<Value>& row = table.rows.emplace_back();
      for (int i = 0; i < columns; ++i) row.push_back(ValueAt(statement, i));
    }
    const std::string why = code == SQLITE_DONE ? "" : WhyOf(code);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (!why.empty()) throw std::runtime_error(why);
    return table;
  }

  void Begin() override { Execute("BEGIN IMMEDIATE"); }
  Dialect dialect() const override { return Dialect::kSqlite; }
  void RefuseWrites() override {
    const auto allow = [](void*, int action, const char*, const char*, const char*, const char*) {
      const bool only_reads = action == SQLITE_SELECT || action == SQLITE_READ ||
                              action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
      return only_reads ? SQLITE_OK : SQLITE_DENY;
    };
    Check(sqlite3_set_authorizer(file_, allow, nullptr));
  }

 private:
  std::string WhyOf(int code) const {
    return fmt::format("{}: {}{}", name_,
                       file_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(file_),
                       FixFor(code));
  }

  void Check(int code) const {
    if (code != SQLITE_OK) throw std::runtime_error(WhyOf(code));
  }

  sqlite3_stmt* Prepared(const std::string& text) {
    Statement& statement = statements_[text];
    if (statement) return statement.get();
    sqlite3_stmt* made = nullptr;
    const char* rest = nullptr;
    Check(sqlite3_prepare_v2(file_, text.c_str(), -1, &made, &rest));
    statement.reset(made);
    if (made == nullptr) throw std::runtime_error(fmt::format("{}: no statement", name_));
    while (*rest == ' ' || *rest == ';' || *rest == '\n') ++rest;
    if (*rest != '\0') throw std::runtime_error(fmt::format("{}: give one statement", name_));
    return made;
  }

  void Bind(sqlite3_stmt* statement, std::size_t place, const Value& value) {
    const int at = sqlite3_bind_parameter_index(statement, fmt::format("${}", place).c_str());
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      Check(sqlite3_bind_int64(statement, at, *number));
    } else if (const auto* real = std::get_if<double>(&value)) {
      Check(sqlite3_bind_double(statement, at, *real));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      Check(sqlite3_bind_text(statement, at, text->data(), static_cast<int>(text->size()),
                              SQLITE_TRANSIENT));
    } else {
      Check(sqlite3_bind_null(statement, at));
    }
  }

  const std::string name_;
  sqlite3* file_ = nullptr;
  std::unordered_map<std::string, Statement> statements_;
};

const Registered<Engine> kSqlite{{
    .name = "sqlite",
    .is_its = [](std::string_view place) { return place.find("://") == std::string_view::npos; },
    .open = [](const std::string& place, Use use) -> std::unique_ptr<Database> {
      return std::make_unique<File>(place, use);
    },
}};

}  // namespace

}  // namespace pidproof::reports::fleet::sqlite

// A fleet in a server of PostgreSQL, for a team. Only pidproof-postgres is built with it.
#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <map>
#include <stdexcept>

#include "reports/fleet/database.h"

namespace pidproof::reports::fleet::postgresql {

namespace {

constexpr std::string_view kSchemes[] = {"postgresql://", "postgres://"};

// Without what stands between ':' and '@': it may be a password.
std::string NameOf(std::string place) {
  const std::size_t user = place.find("://") + 3;
  const std::size_t at = place.find('@', user);
  const std::size_t colon = place.find(':', user);
  if (at != std::string::npos && colon < at) place.erase(colon, at - colon);
  return place;
}

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answered = std::unique_ptr<PGresult, Clear>;

// Types by number, as its catalogue pg_type has them.
constexpr Oid kInt8 = 20;
constexpr Oid kInt4 = 23;
constexpr Oid kFloat8 = 701;
constexpr Oid kNumeric = 1700;  // what a sum of integers is

Value ValueOf(std::string_view text, Oid type) {
  const char* const end = text.data() + text.size();
  if (type == kInt8 || type == kInt4 || type == kNumeric) {
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && rest == end) return number;
  }
  if (type == kFloat8 || type == kNumeric) {
    double number = 0;
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && rest == end) return number;
  }
  return std::string(text);
}

// Its texts hold no NUL.
std::string Sent(const Value& value) {
  std::string text = Text(value);
  for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos;) {
    text.replace(at, 1, "\xef\xbf\xbd");
  }
  return text;
}

class Server : public Database {
 public:
  explicit Server(const std::string& place)
      : name_(NameOf(place)), connection_(PQconnectdb(place.c_str())) {
    // What goes wrong is said once, by what fails of it.
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
    if (PQstatus(connection_) == CONNECTION_OK) return;
    const std::string why = Complaint(PQerrorMessage(connection_));
    PQfinish(connection_);
    throw std::runtime_error(why);
  }
  ~Server() override { PQfinish(connection_); }
  Server(const Server&) = delete;

  bool HasTable(std::string_view name) override {
    return !Query(
                "SELECT 1 FROM information_schema.tables WHERE table_name = $1 AND table_schema "
                "= current_schema()",
                {std::string(name)})
                .rows.empty();
  }

  void Execute(const std::string& statements) override {
    Check(Answered(PQexec(connection_, statements.c_str())));
  }

  ResultTable Query(const std::string& statement, const std::vector<Value>& parameters) override {
    std::vector<std::string> texts;
    for (const Value& value : parameters) texts.push_back(Sent(value));
    std::vector<const char*> values;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const bool is_null = std::holds_alternative<std::monostate>(parameters[i]);
      values.push_back(is_null ? nullptr : texts[i].c_str());
    }
    const Answered answered = Run(statement, values);
    Check(answered);
    return TableOf(answered.get());
  }

  // Two programs that merge at once would wait for each other's rows.
  void Begin() override {
    constexpr std::int64_t kLock = 0x70696470726f6f66;
    Execute(fmt::format("BEGIN; SELECT pg_advisory_xact_lock({})", kLock));
  }
  Dialect dialect() const override { return Dialect::kPostgresql; }
  void RefuseWrites() override { Execute("SET default_transaction_read_only = on"); }

 private:
  // The first of its lines.
  std::string Complaint(const char* message) const {
    const std::string_view text(message);
    return fmt::format("{}: {}", name_, text.substr(0, text.find('\n')));
  }

  void Check(const Answered& answered) const {
    const ExecStatusType status = PQresultStatus(answered.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    throw std::runtime_error(Complaint(PQerrorMessage(connection_)));
  }

  // Statements that insert are prepared: there are many of the same.
  Answered Run(const std::string& statement, const std::vector<const char*>& values) {
    const int count = static_cast<int>(values.size());
    if (!statement.starts_with("INSERT")) {
      return Answered(PQexecParams(connection_, statement.c_str(), count, nullptr, values.data(),
                                   nullptr, nullptr, 0));
    }
    const auto [prepared, is_new] =
        prepared_.try_emplace(statement, fmt::format("statement{}", prepared_.size()));
    if (is_new) {
      Check(Answered(
          PQprepare(connection_, prepared->second.c_str(), statement.c_str(), count, nullptr)));
    }
    return Answered(PQexecPrepared(connection_, prepared->second.c_str(), count, values.data(),
                                   nullptr, nullptr, 0));
  }

  static ResultTable TableOf(const PGresult* result) {
    ResultTable table;
    const int columns = PQnfields(result);
    for (int i = 0; i < columns; ++i) table.columns.emplace_back(PQfname(result, i));
    for (int row = 0; row < PQntuples(result); ++row) {
      std::vector<Value>& values = table.rows.emplace_back();
      for (int i = 0; i < columns; ++i) {
        const auto size = static_cast<std::size_t>(PQgetlength(result, row, i));
        values.push_back(PQgetisnull(result, row, i) != 0
                             ? Value()
                             : ValueOf({PQgetvalue(result, row, i), size}, PQftype(result, i)));
      }
    }
    return table;
  }

  const std::string name_;
  PGconn* connection_;
  std::map<std::string, std::string> prepared_;
};

const Registered<Engine> kPostgresql{{
    .name = "postgresql",
    .is_its =
        [](std::string_view place) {
          return place.starts_with(kSchemes[0]) || place.starts_with(kSchemes[1]);
        },
    .open = [](const std::string& place, Use) -> std::unique_ptr<Database> {
      return std::make_unique<Server>(place);
    },
}};

}  // namespace

}  // namespace pidproof::reports::fleet::postgresql

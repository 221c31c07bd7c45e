#include "reports/fleet/schema.h"

namespace pidproof::reports::fleet {

namespace {

constexpr std::string_view kStatements = R"(
-- Of these tables.
CREATE TABLE fleet (version INTEGER NOT NULL);

-- What a document says of its host besides the answers of the features: a row for all that are the
-- same. release_number: 6012043 for 6.12.43.
CREATE TABLE environment (
  id INTEGER PRIMARY KEY, release TEXT NOT NULL, release_number INTEGER NOT NULL,
  machine TEXT NOT NULL, libc TEXT NOT NULL, is_root INTEGER NOT NULL, isolation TEXT NOT NULL,
  pid_max INTEGER, seccomp_mode INTEGER, seccomp_filters INTEGER, ptrace_scope INTEGER,
  no_new_privs INTEGER, capabilities TEXT NOT NULL, security_modules TEXT NOT NULL,
  user_namespace TEXT NOT NULL, pid_namespace TEXT NOT NULL, container TEXT NOT NULL,
  emulator TEXT NOT NULL, restrictions TEXT NOT NULL);

-- What all features answered, of the first world of a document.
CREATE TABLE profile (id INTEGER PRIMARY KEY, world TEXT NOT NULL);
CREATE TABLE profile_feature (
  profile INTEGER NOT NULL REFERENCES profile, feature TEXT NOT NULL, since TEXT NOT NULL,
  availability TEXT NOT NULL, errno TEXT NOT NULL, refused_by TEXT NOT NULL,
  confidence TEXT NOT NULL, kernel_has TEXT NOT NULL, libc TEXT NOT NULL, fix TEXT NOT NULL,
  PRIMARY KEY (profile, feature)) WITHOUT ROWID;

-- A question with its claims (as in the document, JSON): another row where any of it has changed.
CREATE TABLE scenario (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, question TEXT NOT NULL, kind TEXT NOT NULL,
  claims TEXT NOT NULL);

-- The verdicts of the first world, but those of races that were run: see race, and the view verdict.
CREATE TABLE verdict_set (id INTEGER PRIMARY KEY, world TEXT NOT NULL);
CREATE TABLE verdict_cell (
  verdict_set INTEGER NOT NULL REFERENCES verdict_set,
  scenario INTEGER NOT NULL REFERENCES scenario, path TEXT NOT NULL, verdict TEXT NOT NULL,
  reason TEXT NOT NULL, PRIMARY KEY (verdict_set, scenario, path)) WITHOUT ROWID;

-- A document. started: seconds since 1970, UTC. whole: 0 where --only chose among its rows, the
-- run was interrupted, or it has no features. kernel_log: lines of trouble that the kernel wrote meanwhile.
CREATE TABLE run (
  id INTEGER PRIMARY KEY, host TEXT NOT NULL, started INTEGER NOT NULL,
  seconds DOUBLE PRECISION NOT NULL, slowdown DOUBLE PRECISION NOT NULL, tool TEXT NOT NULL,
  fingerprint TEXT NOT NULL, environment INTEGER NOT NULL REFERENCES environment,
  profile INTEGER REFERENCES profile, verdict_set INTEGER REFERENCES verdict_set,
  whole INTEGER NOT NULL, kernel_log INTEGER NOT NULL);
CREATE INDEX run_by_host ON run (host, started);

-- A race that was run. method: how its window was opened.
CREATE TABLE race (
  run INTEGER NOT NULL REFERENCES run, scenario INTEGER NOT NULL REFERENCES scenario,
  path TEXT NOT NULL, verdict TEXT NOT NULL, method TEXT NOT NULL, trials INTEGER NOT NULL,
  opportunities INTEGER NOT NULL, hits INTEGER NOT NULL, near_misses INTEGER NOT NULL,
  PRIMARY KEY (run, scenario, path)) WITHOUT ROWID;

CREATE INDEX race_by_verdict ON race (verdict, path, scenario);
CREATE INDEX race_with_harm ON race (scenario, path, method) WHERE hits > 0;

-- The sums of all runs that put the same question the same way to the same kernel.
CREATE TABLE race_pool (
  scenario INTEGER NOT NULL REFERENCES scenario, path TEXT NOT NULL, method TEXT NOT NULL,
  release TEXT NOT NULL, machine TEXT NOT NULL, runs INTEGER NOT NULL,
  runs_with_harm INTEGER NOT NULL, trials INTEGER NOT NULL, opportunities INTEGER NOT NULL,
  hits INTEGER NOT NULL, near_misses INTEGER NOT NULL,
  PRIMARY KEY (scenario, path, method, release, machine)) WITHOUT ROWID;

-- A known kernel bug that a run met.
CREATE TABLE bug_met (
  run INTEGER NOT NULL REFERENCES run, bug TEXT NOT NULL,
  scenario INTEGER NOT NULL REFERENCES scenario, path TEXT NOT NULL, hits INTEGER NOT NULL,
  fixed_in TEXT NOT NULL, PRIMARY KEY (run, bug, scenario, path)) WITHOUT ROWID;

CREATE VIEW verdict AS
  SELECT run.id AS run, cell.scenario, cell.path, cell.verdict, cell.reason
  FROM run JOIN verdict_cell AS cell ON cell.verdict_set = run.verdict_set
  UNION ALL SELECT run, scenario, path, verdict, '' FROM race;

CREATE VIEW host AS
  SELECT host AS name, min(started) AS first_seen, max(started) AS last_seen, count(*) AS runs
  FROM run GROUP BY host;

-- The last whole run of each host.
CREATE VIEW latest AS
  SELECT * FROM (
    SELECT run.*, row_number() OVER (PARTITION BY host ORDER BY started DESC, id DESC) AS age
    FROM run WHERE whole = 1) AS whole_run
  WHERE age = 1;
)";

}  // namespace

std::string SchemaStatements(Dialect dialect) {
  std::string statements(kStatements);
  if (dialect == Dialect::kSqlite) return statements;
  const auto replace = [&](std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = statements.find(from, at)) != std::string::npos;) {
      statements.replace(at, from.size(), to);
    }
  };
  replace(" INTEGER", " BIGINT");
  replace(" WITHOUT ROWID", "");
  return statements;
}

}  // namespace pidproof::reports::fleet

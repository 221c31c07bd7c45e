// What other programs read: JSON, a textfile of Prometheus, and the names of hosts alone.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "reports/document/json_text.h"
#include "reports/fleet/answer.h"
#include "reports/fleet/nodeset.h"
#include "reports/text/prometheus_label.h"

namespace pidproof::reports::fleet::forms::programs {

namespace {

std::string JsonForm(const Answer& answer) {
  Json rows = Json::array();
  for (const AnswerRow& row : answer.rows) {
    Json cells = Json::object();
    for (std::size_t i = 0; i < answer.columns.size(); ++i) cells[answer.columns[i]] = row.cells[i];
    rows.push_back({{"cells", std::move(cells)},
                    {"matches", row.matches},
                    {"hosts", row.hosts},
                    {"nodeset", FoldHosts(row.hosts).nodeset}});
  }
  return JsonLine({{"schema", "pidproof-fleet/1"},
                   {"question", answer.question},
                   {"title", answer.title},
                   {"hosts", answer.of},
                   {"matching", MatchingHosts(answer).size()},
                   {"columns", answer.columns},
                   {"rows", std::move(rows)},
                   {"notes", answer.notes}}) +
         "\n";
}

// Rows with the same labels would be refused; hosts are no labels, for there may be many.
std::string Prom(const Answer& answer) {
  std::string text =
      "# HELP pidproof_fleet_hosts Hosts of which a row of the answer is true.\n"
      "# TYPE pidproof_fleet_hosts gauge\n";
  std::set<std::string> written;
  for (const AnswerRow& row : answer.rows) {
    std::string labels = text::PrometheusLabel("question", answer.question);
    std::set<std::string> names = {text::PrometheusLabel("question", "")};
    for (std::size_t i = 0; i < answer.columns.size(); ++i) {
      if (!names.insert(text::PrometheusLabel(answer.columns[i], "")).second) continue;
      labels += "," + text::PrometheusLabel(answer.columns[i], row.cells[i]);
    }
    if (!written.insert(labels).second) continue;
    text += fmt::format("pidproof_fleet_hosts{{{}}} {}\n", labels, row.hosts.size());
  }
  return text + fmt::format(
                    "# HELP pidproof_fleet_size Hosts with a whole document.\n"
                    "# TYPE pidproof_fleet_size gauge\n"
                    "pidproof_fleet_size {}\n",
                    answer.of);
}

// Nothing at all where there is none, so that a shell has an empty word.
std::string Nodeset(const Answer& answer) {
  const std::string nodeset = FoldHosts(MatchingHosts(answer)).nodeset;
  return nodeset.empty() ? "" : nodeset + "\n";
}

const Registered<AnswerForm> kJson{{
    .name = "json",
    .summary = "for programs: pidproof-fleet/1",
    .render = JsonForm,
}};

const Registered<AnswerForm> kProm{{
    .name = "prom",
    .summary = "for node_exporter's textfile collector: how many hosts, not which",
    .render = Prom,
}};

const Registered<AnswerForm> kNodeset{{
    .name = "nodeset",
    .summary = "the hosts alone, folded for ClusterShell: n[1-312,315]",
    .render = Nodeset,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::forms::programs

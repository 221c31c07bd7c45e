// Text for the textfile collector of Prometheus' node_exporter. It takes no time stamps, and skips
// a file of which one line is wrong.
#include <fmt/format.h>

#include <map>
#include <set>

#include "reports/document/started.h"
#include "reports/formats/first_world.h"
#include "reports/formats/format.h"
#include "reports/ready/ready.h"
#include "reports/text/prometheus_label.h"

namespace pidproof::reports::formats::prometheus {

namespace {

using Documents = std::vector<compare::NamedDocument>;
using text::PrometheusLabel;

// Samples of one metric: all of them must follow its HELP and TYPE.
class Metric {
 public:
  Metric(std::string_view name, std::string_view help) : name_(name), help_(help) {}
  void Add(const std::string& labels, double value) {
    if (!seen_.insert(labels).second) return;
    lines_ += fmt::format("{}{}{}{} {}\n", name_, labels.empty() ? "" : "{", labels,
                          labels.empty() ? "" : "}", value);
  }
  std::string Written() const {
    if (lines_.empty()) return "";
    return fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n{2}", name_, help_, lines_);
  }

 private:
  std::string_view name_;
  std::string_view help_;
  std::set<std::string> seen_;  // the same labels twice would spoil the file
  std::string lines_;
};

struct Metrics {
  Metric info{"pidproof_info", "The host as pidproof found it."};
  Metric feature{"pidproof_feature", "Whether a feature of pidfds is in that state: 1, or 0."};
  Metric ready{"pidproof_ready", "Whether a program works by pidfds: 1, or 0."};
  Metric verdicts{"pidproof_verdicts", "How many questions have that verdict."};
  Metric signals{"pidproof_signal_results", "What callers saw that signalled, over all trials."};
  Metric waits{"pidproof_wait_results", "What callers saw that waited, over all trials."};
  Metric opportunities{"pidproof_race_opportunities", "Trials in which a race could be lost."};
  Metric hits{"pidproof_race_hits", "Trials in which harm came."};
  Metric kernel_log{"pidproof_kernel_log_lines", "Lines by which the kernel reported trouble."};
  Metric started{"pidproof_run_timestamp_seconds", "When the run began, in seconds since 1970."};
  Metric seconds{"pidproof_run_seconds", "How long it took."};
};

// Of one document, with the label that tells it from others; empty where it is alone.
class Samples {
 public:
  Samples(Metrics& metrics, std::string host) : metrics_(metrics), host_(std::move(host)) {}

  void AddAll(const Document& document) {
    AddRun(document);
    AddFeatures(FirstWorldFeatures(document));
    AddVerdicts(document);
    AddResults(document);
  }

 private:
  std::string With(const std::string& labels) const {
    return host_ + (host_.empty() || labels.empty() ? "" : ",") + labels;
  }

  void AddRun(const Document& document) {
    const Host& host = document.host;
    metrics_.info.Add(
        With(fmt::format(
            "{},{},{},{},{}", PrometheusLabel("version", document.tool),
            PrometheusLabel("kernel", host.release), PrometheusLabel("machine", host.machine),
            PrometheusLabel("libc", host.libc), PrometheusLabel("fingerprint", host.fingerprint))),
        1);
    if (const auto started = StartedSeconds(document.run.started)) {
      metrics_.started.Add(With(""), static_cast<double>(*started));
    }
    metrics_.seconds.Add(With(""), document.run.seconds);
    if (document.kernel_log) {
      metrics_.kernel_log.Add(With(""), static_cast<double>(document.kernel_log->size()));
    }
  }

  void AddFeatures(const std::vector<Feature>& features) {
    for (const Feature& feature : features) {
      for (const Word& state : kAvailabilities) {
        metrics_.feature.Add(With(PrometheusLabel("feature", feature.feature) + "," +
                                  PrometheusLabel("state", state.word)),
                             state.word == WordOf(feature.availability) ? 1 : 0);
      }
    }
    if (features.empty()) return;
    for (const ready::Readiness& row : ready::Assess(features, {})) {
      metrics_.ready.Add(With(PrometheusLabel("program", row.consumer) + "," +
                              PrometheusLabel("verdict", ready::WordOf(row.impact).word)),
                         ready::ReadyStatus({row}) == 0 ? 1 : 0);
    }
  }

  // All verdicts, so that one that has gone reads 0.
  void AddVerdicts(const Document& document) {
    if (document.cells.empty()) return;
    std::map<std::pair<Path, Verdict>, double> counts;
    for (const Cell& cell : document.cells) {
      if (cell.world == document.cells.front().world) ++counts[{cell.path, cell.verdict}];
    }
    for (const Path path : {Path::kPidfd, Path::kLegacyPid}) {
      for (std::size_t i = 0; i < std::size(kVerdicts); ++i) {
        metrics_.verdicts.Add(
            With(PathLabel(path) + "," + PrometheusLabel("verdict", kVerdicts[i].word)),
            counts[{path, static_cast<Verdict>(i)}]);
      }
    }
  }

  static std::string PathLabel(Path path) {
    return PrometheusLabel("process_control_path", WordOf(path));
  }

  void AddResults(const Document& document) {
    std::map<std::string, double> signals;
    std::map<std::string, double> waits;
    for (const Cell& cell : document.cells) {
      if (cell.world != document.cells.front().world) continue;
      const std::string path = PathLabel(cell.path);
      for (const auto& [word, count] : cell.signal_results) {
        signals[path + "," + PrometheusLabel("signal_result", word)] += static_cast<double>(count);
      }
      for (const auto& [word, count] : cell.wait_results) {
        waits[path + "," + PrometheusLabel("wait_result", word)] += static_cast<double>(count);
      }
      if (!cell.opportunities) continue;
      const std::string race = With(PrometheusLabel("scenario", cell.scenario) + "," + path);
      metrics_.opportunities.Add(race, static_cast<double>(*cell.opportunities));
      metrics_.hits.Add(race, static_cast<double>(cell.hits.value_or(0)));
    }
    for (const auto& [labels, count] : signals) metrics_.signals.Add(With(labels), count);
    for (const auto& [labels, count] : waits) metrics_.waits.Add(With(labels), count);
  }

  Metrics& metrics_;
  const std::string host_;
};

std::string Render(const Documents& documents, const Settings&) {
  Metrics metrics;
  for (const auto& [name, document] : documents) {
    const std::string& host = document.host.hostname.empty() ? name : document.host.hostname;
    Samples(metrics, documents.size() > 1 ? PrometheusLabel("host", host) : "").AddAll(document);
  }
  std::string text;
  for (const Metric* metric :
       {&metrics.info, &metrics.feature, &metrics.ready, &metrics.verdicts, &metrics.signals,
        &metrics.waits, &metrics.opportunities, &metrics.hits, &metrics.kernel_log,
        &metrics.started, &metrics.seconds}) {
    text += metric->Written();
  }
  return text;
}

const Registered<Format> kPrometheus{{
    .name = "prometheus",
    .summary = "metrics for node_exporter's textfile collector",
    .render = Render,
}};

}  // namespace

}  // namespace pidproof::reports::formats::prometheus

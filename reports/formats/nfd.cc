// A feature file of Kubernetes' Node Feature Discovery, for its features.d: lines of names and
// values, which become labels of the node up to "# +no-label".
#include <fmt/format.h>
#include <time.h>

#include <algorithm>

#include "reports/document/started.h"
#include "reports/formats/first_world.h"
#include "reports/formats/format.h"
#include "reports/ready/ready.h"

namespace pidproof::reports::formats::nfd {

namespace {

constexpr std::string_view kPrefix = "pidproof.feature.node.kubernetes.io/";
constexpr std::size_t kMost = 63;  // characters of a name, and of a value

// Letters, digits, '-', '_' and '.', and the first and last are letters or digits.
std::string Name(std::string_view text) {
  const auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
  };
  std::string name;
  for (const char letter : text.substr(0, kMost)) {
    name += is_plain(letter) || letter == '-' || letter == '_' ? letter : '.';
  }
  while (!name.empty() && !is_plain(name.back())) name.pop_back();
  while (!name.empty() && !is_plain(name.front())) name.erase(0, 1);
  return name.empty() ? "none" : name;
}

std::string Line(const std::string& name, std::string_view value) {
  return fmt::format("{}{}={}\n", kPrefix, Name(name), Name(value));
}

// A node whose agent has died does not promise for ever what it has.
std::string Expiry(const Document& document) {
  const auto started = StartedSeconds(document.run.started);
  if (!started) return "";
  constexpr std::int64_t kDays = 2 * 86'400;
  const time_t expires = *started + kDays;
  tm time{};
  gmtime_r(&expires, &time);
  return fmt::format("# +expiry-time={:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z\n", time.tm_year + 1900,
                     time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec);
}

std::string Render(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  const Document& document = documents[0].document;
  const std::vector<Feature> features = FirstWorldFeatures(document);
  std::string text = Expiry(document);
  text += Line("fingerprint", document.host.fingerprint);
  text += Line("level", LevelOf(features));
  if (!features.empty()) {
    for (const ready::Readiness& row : ready::Assess(features, {})) {
      text += Line("ready." + row.consumer, ready::WordOf(row.impact).word);
    }
  }
  text += "# +no-label\n";
  for (const Feature& feature : features) {
    text += Line("feature." + feature.feature, WordOf(feature.availability));
  }
  return text;
}

const Registered<Format> kNfd{{
    .name = "nfd",
    .summary = "a feature file of Kubernetes' Node Feature Discovery",
    .is_of_one_host = true,
    .render = Render,
}};

}  // namespace

}  // namespace pidproof::reports::formats::nfd

// KCIDB's I/O schema 5.3 (kcidb-io): tests of a build that is reported elsewhere. A race whose harm
// was observed as documented is a measurement, DONE with a number, and never FAIL.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reports/document/json_text.h"
#include "reports/formats/cases.h"
#include "reports/formats/format.h"

namespace pidproof::reports::formats::kcidb {

namespace {

constexpr std::size_t kLongestExcerpt = 16384;

std::string_view Status(const Case& each) {
  if (each.hits) return "DONE";
  switch (each.result) {
    case Result::kPass:
      return "PASS";
    case Result::kFail:
      return "FAIL";
    case Result::kSkip:
      return "SKIP";
    case Result::kError:
    case Result::kTimeout:
      break;
  }
  return "ERROR";
}

// A path has words of [A-Za-z0-9_-] between its dots.
std::string PathOf(const Case& each) {
  std::string path = "pidproof." + each.name;
  for (std::size_t at = path.find(".."); at != std::string::npos; at = path.find("..")) {
    path.replace(at, 2, "._.");
  }
  return path.ends_with('.') ? path + "_" : path;
}

Json Environment(const Document& document) {
  return {{"comment", fmt::format("Linux {} {}", document.host.release, document.host.machine)},
          {"misc", {{"fingerprint", document.host.fingerprint}, {"tool", document.tool}}}};
}

Json Test(const Case& each, const Document& document, const Settings& settings) {
  const std::string path = PathOf(each);
  Json test = {{"id", fmt::format("{}:{}.{}.{}", settings.origin, Dotted(document.run.started),
                                  document.run.seed, path)},
               {"origin", settings.origin},
               {"build_id", settings.build_id},
               {"path", path},
               {"status", Status(each)},
               {"environment", Environment(document)}};
  if (IsTime(document.run.started)) test["start_time"] = document.run.started;
  if (each.seconds) test["duration"] = *each.seconds;
  if (each.hits) test["number"] = {{"value", *each.hits}, {"unit", "hits"}};
  if (!each.reason.empty()) test["log_excerpt"] = each.reason.substr(0, kLongestExcerpt);
  return test;
}

bool IsOrigin(std::string_view origin) {
  return !origin.empty() && std::ranges::all_of(origin, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string Kcidb(const std::vector<compare::NamedDocument>& documents, const Settings& settings) {
  if (!IsOrigin(settings.origin)) {
    throw std::runtime_error(fmt::format(
        "--kcidb-origin is '{}': make it lower-case letters, digits and '_'", settings.origin));
  }
  const std::size_t colon = settings.build_id.find(':');
  if (colon == std::string::npos || colon + 1 == settings.build_id.size() ||
      !IsOrigin(std::string_view(settings.build_id).substr(0, colon)))
    throw std::runtime_error("kcidb needs the build that was tested: --kcidb-build-id ORIGIN:ID");
  Json tests = Json::array();
  for (const compare::NamedDocument& named : documents) {
    for (const Case& each : CasesOf(named, documents.size() == 1)) {
      tests.push_back(Test(each, named.document, settings));
    }
  }
  const Json report = {{"version", {{"major", 5}, {"minor", 3}}}, {"tests", std::move(tests)}};
  return JsonLine(report) + "\n";
}

const Registered<Format> kKcidb{{
    .name = "kcidb",
    .summary = "KCIDB's schema 5.3: KernelCI (--kcidb-origin, --kcidb-build-id)",
    .render = Kcidb,
}};

}  // namespace

}  // namespace pidproof::reports::formats::kcidb

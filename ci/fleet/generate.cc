// Writes the documents of a generated fleet, for ci/fleet/scale: DIRECTORY HOSTS [run].
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "reports/document/document.h"
#include "runner/benchmarks/generated_fleet.h"

int main(int count, char** arguments) {
  using namespace pidproof::runner::benchmarks;
  const std::string_view hosts_text = count > 2 ? arguments[2] : "";
  std::size_t hosts = 0;
  std::from_chars(hosts_text.begin(), hosts_text.end(), hosts);
  const bool is_run = count == 4 && std::string_view(arguments[3]) == "run";
  if (hosts == 0 || (count != 3 && !is_run)) {
    fmt::print(stderr, "usage: pidproof-generate-fleet DIRECTORY HOSTS [run]\n");
    return 2;
  }
  constexpr std::uint64_t kSeed = 1;
  for (std::size_t host = 0; host < hosts; ++host) {
    const std::string name = fmt::format("{}/node{:05}.json", arguments[1], host);
    std::ofstream file(name);
    file << pidproof::reports::ToJson(
        GeneratedHost(host, kSeed, is_run ? Extent::kRun : Extent::kProbe));
    if (!file.flush()) {
      fmt::print(stderr, "{}: it cannot be written\n", name);
      return 2;
    }
  }
  return 0;
}

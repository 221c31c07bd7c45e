#include <iterator>
#include <utility>

#include "reports/ready/consumer.h"

namespace pidproof::reports {

std::vector<Consumer> StrangerConsumers() {
  constexpr std::string_view kNone = "no pidfd call in a search of its sources";
  std::vector<Consumer> strangers;
  for (const auto& [id, title] : std::initializer_list<std::pair<const char*, const char*>>{
           {"bubblewrap", "bubblewrap"},
           {"catatonit", "catatonit"},
           {"conmon", "conmon (the C one)"},
           {"cri-o", "CRI-O's own code"},
           {"dinit", "dinit"},
           {"dotnet", ".NET, as released"},
           {"erlang", "Erlang/OTP"},
           {"finit", "finit"},
           {"flatpak", "Flatpak"},
           {"java", "Java"},
           {"libevent", "libevent"},
           {"libuv", "libuv, Node.js"},
           {"mio", "mio"},
           {"nohang", "nohang"},
           {"openrc", "OpenRC"},
           {"ruby-core", "Ruby core"},
           {"s6", "s6, skalibs"},
           {"supervisord", "supervisord"},
           {"youki", "youki"},
       }) {
    strangers.push_back(
        {.id = id, .title = title, .versions = "searched in 2026", .source = kNone});
  }
  return strangers;
}

const std::vector<Consumer>& Consumers() {
  static const std::vector<Consumer> all = [] {
    std::vector<Consumer> rows;
    for (const auto part : {LanguageConsumers, LibraryConsumers, SystemConsumers,
                            ContainerConsumers, ToolConsumers, StrangerConsumers}) {
      std::ranges::move(part(), std::back_inserter(rows));
    }
    return rows;
  }();
  return all;
}

}  // namespace pidproof::reports

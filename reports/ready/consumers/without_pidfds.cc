// Searched for pidfds, and found without any: listed, so that asking for one gets an answer.
#include "reports/ready/consumer.h"

namespace pidproof::reports::ready {
namespace {

Consumer UsesNone(std::string_view name, std::string_view title) {
  return {.name = name,
          .title = title,
          .versions = "searched in 2026",
          .source = "no pidfd call in a search of its sources"};
}

const Registered<Consumer> kBubblewrap(UsesNone("bubblewrap", "bubblewrap"));
const Registered<Consumer> kCatatonit(UsesNone("catatonit", "catatonit"));
const Registered<Consumer> kConmon(UsesNone("conmon", "conmon (the C one)"));
const Registered<Consumer> kCriO(UsesNone("cri-o", "CRI-O's own code"));
const Registered<Consumer> kDinit(UsesNone("dinit", "dinit"));
const Registered<Consumer> kDotnet(UsesNone("dotnet", ".NET, as released"));
const Registered<Consumer> kErlang(UsesNone("erlang", "Erlang/OTP"));
const Registered<Consumer> kFinit(UsesNone("finit", "finit"));
const Registered<Consumer> kFlatpak(UsesNone("flatpak", "Flatpak"));
const Registered<Consumer> kJava(UsesNone("java", "Java"));
const Registered<Consumer> kLibevent(UsesNone("libevent", "libevent"));
const Registered<Consumer> kLibuv(UsesNone("libuv", "libuv, Node.js"));
const Registered<Consumer> kMio(UsesNone("mio", "mio"));
const Registered<Consumer> kNohang(UsesNone("nohang", "nohang"));
const Registered<Consumer> kOpenrc(UsesNone("openrc", "OpenRC"));
const Registered<Consumer> kRubyCore(UsesNone("ruby-core", "Ruby core"));
const Registered<Consumer> kS6(UsesNone("s6", "s6, skalibs"));
const Registered<Consumer> kSupervisord(UsesNone("supervisord", "supervisord"));
const Registered<Consumer> kYouki(UsesNone("youki", "youki"));

}  // namespace
}  // namespace pidproof::reports::ready

#include "runner/ready/consumer_startup.h"

#include <fcntl.h>

#include <chrono>

#include "probes/system/deadline.h"
#include "probes/system/frame.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "runner/ready/startup.h"

namespace pidproof::runner::ready {

namespace {

ConsumerStartup Start(const Startup& script, std::chrono::milliseconds deadline) {
  ConsumerStartup startup{.consumer = std::string(script.name)};
  const auto ended = Isolate(
      Isolation::kChild, deadline, [&](const FrameWriter& up) { script.start(Walk(up)); },
      [&](const Frame& frame) {
        if (frame.kind == Walk::kFeature) startup.feature = ValueOf<std::string>(frame);
        if (frame.kind == Walk::kImpact) startup.impact = ValueOf<Impact>(frame);
      });
  if (ended.how == Ended::kSignalled) startup.impact = Impact::kCrash;
  if (startup.impact == Impact::kWorks) startup.feature.clear();
  return startup;
}

}  // namespace

std::vector<ConsumerStartup> StartAllConsumers(double slowdown) {
  const std::chrono::milliseconds deadline = DeadlineOn(slowdown, std::chrono::seconds(5));
  std::vector<ConsumerStartup> startups;
  for (const Startup* script : Registered<Startup>::All()) {
    startups.push_back(Start(*script, deadline));
  }
  return startups;
}

bool StartHere(std::string_view consumer) {
  const Startup* script = Registered<Startup>::Find(consumer);
  if (script == nullptr) return false;
  const Fd nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  Require(static_cast<bool>(nowhere));
  script->start(Walk(FrameWriter(nowhere.get())));
  return true;
}

}  // namespace pidproof::runner::ready

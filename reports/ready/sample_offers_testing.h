// What a world offers to the consumers of pidfds, made up for tests.
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/document.h"
#include "reports/ready/consumer.h"

namespace pidproof::reports::ready::sample {

inline std::vector<Feature> EverythingPresent() {
  std::set<std::string_view> names;
  for (const Consumer* consumer : Registered<Consumer>::All()) {
    for (const Step& step : consumer->steps) names.insert(step.feature);
  }
  std::vector<Feature> features;
  for (const std::string_view name : names) {
    features.push_back({"test", std::string(name), "5.9", Availability::kPresent, "", ""});
  }
  return features;
}

inline Availability AvailabilityFor(std::string_view answer) {
  if (answer == "unclear") return Availability::kUnclear;
  const bool absent = answer == "ENOSYS" || answer == "EINVAL" || answer == "EOPNOTSUPP" ||
                      answer == "ENOPROTOOPT" || answer == "no effect";
  return absent ? Availability::kAbsent : Availability::kFiltered;
}

// A call and all its variants answer so: "pidfd_open:ENOSYS clone3:EPERM".
inline std::vector<Feature> Refusing(const std::string& refusals) {
  std::vector<Feature> features = EverythingPresent();
  std::istringstream words(refusals);
  for (std::string word; words >> word;) {
    const std::string call = word.substr(0, word.find(':'));
    const std::string answer = word.substr(call.size() + 1);
    for (Feature& feature : features) {
      if (feature.feature != call && !feature.feature.starts_with(call + "/")) continue;
      feature.availability = AvailabilityFor(answer);
      feature.errno_name = answer == "unclear" ? "" : answer;
      feature.fix = answer == "unclear" ? "" : "allow " + call;
    }
  }
  return features;
}

// Sets of refusals, most of them seen in the wild; "nothing-probed" leaves all in doubt that starts
// with pidfd_open.
inline const std::map<std::string, std::string> kWorlds = {
    {"native", ""},
    {"docker-20.10.0-9", "pidfd_getfd:EPERM clone3:EPERM process_mrelease:EPERM setns:EPERM"},
    {"docker-now", "pidfd_getfd:EPERM clone3:ENOSYS setns:EPERM"},
    {"podman-now", ""},
    {"snap-2.75",
     "pidfd_send_signal:EPERM pidfd_getfd:EPERM process_mrelease:EPERM name_to_handle_at:EPERM "
     "setns:EPERM"},
    {"android-11",
     "pidfd_send_signal:SIGSYS pidfd_getfd:SIGSYS clone3:SIGSYS process_mrelease:SIGSYS "
     "name_to_handle_at:SIGSYS"},
    {"chromium",
     "pidfd_open:ENOSYS pidfd_send_signal:SIGSYS pidfd_getfd:SIGSYS clone3:ENOSYS "
     "process_mrelease:SIGSYS name_to_handle_at:SIGSYS setns:SIGSYS"},
    {"qemu-user-7.2", "clone:EINVAL clone3:ENOSYS process_mrelease:ENOSYS"},
    {"linux-5.3",
     "waitid:EINVAL pidfd_getfd:ENOSYS setns:EINVAL pidfs:no so_peerpidfd:ENOPROTOOPT"},
    {"nothing-probed", "pidfd_open:unclear"},
};

}  // namespace pidproof::reports::ready::sample

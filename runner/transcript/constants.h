#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pidproof::runner::transcript {

struct Constant {
  std::string_view set;
  std::string_view name;
  std::uint64_t value;
};

// The constants that make up the value in that set: one, or flags. What no constant stands for is
// left over. 0 is made up of none where no constant of the set is 0.
struct Decoded {
  std::vector<const Constant*> constants;
  std::uint64_t rest = 0;
};
Decoded Decode(std::string_view set, std::uint64_t value);

// The same as an expression of C: "WEXITED|WNOHANG". The set clone has a signal in its low byte.
std::string Words(std::string_view set, std::uint64_t value);

// The signal's constant, or nullptr.
const Constant* SignalNamed(std::uint64_t number);

}  // namespace pidproof::runner::transcript

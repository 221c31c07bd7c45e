#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pidproof::reports::fleet {

// A digest of 64 bits over texts and numbers, each apart from the next: the same on every machine.
class Digest {
 public:
  Digest& Add(std::string_view text);
  Digest& Add(std::int64_t number);
  std::int64_t Value() const;

 private:
  std::string bytes_;
};

}  // namespace pidproof::reports::fleet

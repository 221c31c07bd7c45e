#pragma once

#include <algorithm>
#include <cstdint>

namespace pidproof {

// Shares out among the torture columns what the run may still use up of the numbers outside.
class HostPids {
 public:
  // dealt: whether numbers outside are dealt, so that few columns use up any.
  HostPids(std::uint64_t allowed, std::size_t columns, bool dealt)
      : left_(allowed), columns_(columns), dealt_(dealt) {}

  // For the next torture column.
  std::uint64_t Share() const {
    constexpr std::uint64_t kWhereFewUseAny = 16;
    const std::uint64_t even = columns_ == 0 ? left_ : left_ / columns_;
    return dealt_ ? std::max(even, left_ / kWhereFewUseAny) : even;
  }
  void Take(std::uint64_t numbers) {
    used_ += numbers;
    left_ -= std::min(left_, numbers);
  }
  void TortureDone() { columns_ -= columns_ > 0 ? 1 : 0; }

  std::uint64_t left() const { return left_; }
  std::uint64_t used() const { return used_; }

 private:
  std::uint64_t left_;
  std::size_t columns_;
  bool dealt_;
  std::uint64_t used_ = 0;
};

}  // namespace pidproof

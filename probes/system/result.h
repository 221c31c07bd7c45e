#pragma once

#include <cassert>
#include <optional>
#include <utility>

namespace pidproof {

// A value, or the errno of a failure: data, not an exception. error() is 0 exactly when there is a
// value.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  static Result Errno(int error) {
    Result failed;
    failed.error_ = error;
    return failed;
  }

  bool ok() const { return value_.has_value(); }
  int error() const { return error_; }
  T& operator*() {
    assert(ok());
    return *value_;
  }
  const T& operator*() const {
    assert(ok());
    return *value_;
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

 private:
  Result() = default;
  std::optional<T> value_;
  int error_ = 0;
};

}  // namespace pidproof

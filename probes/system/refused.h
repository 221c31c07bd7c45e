#pragma once

#include <string>

#include "probes/system/require.h"

namespace pidproof {

// A setup that failed because a call was refused: Require throws it, with the errno.
class Refused : public Broken {
 public:
  Refused(const std::string& text, int error) : Broken(text), error_(error) {}
  int error() const { return error_; }

 private:
  int error_;
};

}  // namespace pidproof

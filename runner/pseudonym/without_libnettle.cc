// For architectures without libnettle; replaced by with_libnettle.cc elsewhere.
#include <stdexcept>

#include "runner/pseudonym/pseudonym.h"

namespace pidproof::runner::pseudonym {

std::string Of(std::string_view, std::string_view) {
  throw std::invalid_argument(
      "--anonymise: this build has no libnettle; build where nettle-dev is installed, or give "
      "--anonymise to merge");
}

}  // namespace pidproof::runner::pseudonym

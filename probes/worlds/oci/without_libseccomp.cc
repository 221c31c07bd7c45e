// For architectures without libseccomp; replaced by with_libseccomp.cc elsewhere.
#include <stdexcept>

#include "probes/worlds/oci/policy.h"

namespace pidproof::oci {

Compiled Compile(const Policy&) {
  throw std::invalid_argument(
      "this build has no libseccomp to compile it; build where libseccomp-dev is installed, or use "
      "a named world such as docker-now");
}

std::string NameOfCall(long) { return ""; }

}  // namespace pidproof::oci

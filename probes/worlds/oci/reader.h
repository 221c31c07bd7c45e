#pragma once

#include "probes/worlds/oci/policy.h"
#include "probes/worlds/oci/value.h"
#include "probes/worlds/oci_profile.h"

namespace pidproof::oci {

// The profile with its conditions evaluated. Throws std::invalid_argument whose text begins with
// the place of the error.
Policy ReadPolicy(const Value& profile, const OciContext& context);

}  // namespace pidproof::oci

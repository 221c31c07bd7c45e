#pragma once

#include "probes/worlds/oci/policy.h"
#include "probes/worlds/oci/value.h"
#include "probes/worlds/oci_profile.h"

namespace pidproof::oci {

// The profile with its conditions decided. Throws std::invalid_argument that begins with the place
// of a mistake.
Policy ReadPolicy(const Value& profile, const OciContext& context);

}  // namespace pidproof::oci

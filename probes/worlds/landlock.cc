#include "probes/system/landlock.h"

#include "probes/worlds/world.h"

namespace pidproof {
namespace {

const Registered<World> kLandlockSignal{{
    .name = "landlock-signal",
    .what = "a Landlock domain that signals cannot leave (6.12), as sandboxes make it",
    .refusals = {},
    .scopes = kLandlockScopeSignal,
}};

}  // namespace
}  // namespace pidproof

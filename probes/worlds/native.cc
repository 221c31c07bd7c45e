#include "probes/worlds/world.h"

namespace pidproof {
namespace {

const Registered<World> kNative{{.name = "native", .what = "the kernel as it is", .refusals = {}}};

}  // namespace
}  // namespace pidproof

#pragma once

#include <set>
#include <string>
#include <string_view>

#include "probes/system/release.h"
#include "probes/worlds/world.h"

namespace pidproof {

// Capabilities by name, such as CAP_SYS_PTRACE.
using Capabilities = std::set<std::string, std::less<>>;

// "docker" (Docker's default), "podman", "none", "all", a capability with or without CAP_, in
// either case, or several of these with commas between. Throws std::invalid_argument with one line
// that names the error and the fix.
Capabilities ParseCapabilities(std::string_view text);

// Who reads a profile, where that makes a difference.
enum class OciRuntime {
  // Since 1.0.0-rc93: a call above the newest one in the rules is ENOSYS, whatever the default
  // action, unless that lets calls through.
  kRunc,
  kCrun,   // does not do that
  kRunsc,  // nor does this one, which drops errnoRet: every errno is EPERM (gVisor issue 14688)
  kYouki,  // as runsc, before oci-spec-rs PR 125
};

// "runc", "crun", "runsc" or "youki".
std::string_view Word(OciRuntime runtime);
// Throws std::invalid_argument with one line that names the error and the fix.
OciRuntime ParseOciRuntime(std::string_view text);

// What the conditions of a profile's rules are checked against. The architecture is this build's.
struct OciContext {
  Capabilities capabilities = ParseCapabilities("docker");
  Release kernel;  // {0, 0}: the running one
  OciRuntime runtime = OciRuntime::kRunc;

  bool drops_errnos() const {
    return runtime == OciRuntime::kRunsc || runtime == OciRuntime::kYouki;
  }
};

// The world under a seccomp profile in the format of Docker, Podman, containerd and the OCI runtime
// specification (a whole config.json is accepted), compiled by libseccomp as the runtime does it.
// For any runtime but runc, "as RUNTIME" is added to the name. The world's notes name what
// libseccomp does not know. Throws std::invalid_argument with one line that
// names the place of the error and the fix, or says that this build has no libseccomp.
World LoadOciProfile(const std::string& name, std::string_view json, const OciContext& context);

}  // namespace pidproof

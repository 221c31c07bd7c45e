# Makes the config.json of an OCI bundle from a seccomp profile in the form that Docker and Podman share:
# their profiles hold conditions on capabilities, architecture and kernel, which the runtime must not see.
# Input: the profile. Arguments: $caps (array), $arch (as Go spells it), $kernel ("6.1"), $command (array), $cgroup.

def release: split(".") | map(tonumber);

# Every capability under includes must be there, none under excludes; of the architectures one is enough.
def applies:
  (.includes // {}) as $in | (.excludes // {}) as $out
  | all($in.caps // [] | .[]; IN($caps[]))
  and (($in.arches // []) == [] or any($in.arches[]; . == $arch))
  and ($in.minKernel == null or (($in.minKernel | release) <= ($kernel | release)))
  and (any($out.caps // [] | .[]; IN($caps[])) | not)
  and (any($out.arches // [] | .[]; . == $arch) | not)
  and ($out.minKernel == null or (($out.minKernel | release) > ($kernel | release)));

def native: {amd64: "SCMP_ARCH_X86_64", arm64: "SCMP_ARCH_AARCH64", riscv64: "SCMP_ARCH_RISCV64"}[$arch];

def architectures: native as $native
  | [$native] + ([.archMap[]? | select(.architecture == $native) | .subArchitectures[]?]);

def rule:
  {names, action}
  + (if .errnoRet != null then {errnoRet} else {} end)
  + (if ((.args // []) | length) > 0 then {args} else {} end);

def seccomp:
  {defaultAction, architectures: architectures, syscalls: [.syscalls[] | select(applies) | rule]}
  + (if .defaultErrnoRet != null then {defaultErrnoRet} else {} end);

{
  ociVersion: "1.0.2",
  hostname: "pidproof",
  process: {
    user: {uid: 0, gid: 0}, cwd: "/", args: $command, env: ["PATH=/"], terminal: false, noNewPrivileges: false,
    capabilities: {bounding: $caps, effective: $caps, permitted: $caps}
  },
  root: {path: "rootfs", readonly: true},
  mounts: [
    {destination: "/proc", type: "proc", source: "proc"},
    {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"]},
    {destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
    {destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777"]},
    {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}
  ],
  linux: {
    cgroupsPath: $cgroup,
    namespaces: [{type: "pid"}, {type: "network"}, {type: "ipc"}, {type: "uts"}, {type: "mount"}],
    maskedPaths: ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                  "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
    readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    seccomp: seccomp
  }
}

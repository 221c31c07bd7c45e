# shellcheck shell=bash disable=SC2034,SC2154
# gVisor as a Debian suite packages it. Sid's build of 0.0~20240729 crashes in one run of ten, trixie's does not.

prepare_gvisor() {
  local file served
  needs_root
  prepare_binary "$(uname -m)"
  arch=$(dpkg --print-architecture)
  prepare_archive "$arch"
  listed "$arch" '^runsc$' "$suite" >"$work/$name.candidates"
  [[ -s $work/$name.candidates ]] || not_available "the mirror lists no runsc in $suite"
  first_served "$arch" ./usr/bin/runsc <"$work/$name.candidates" ||
    not_available "the mirror lists the runsc of $suite but does not serve it"
  ln -s "$file" "$work/$name.runsc"
  detail "$("$work/$name.runsc" --version | sed -n 1p)"
}

try_gvisor() {
  private "$work/$name.runsc" --network=none --ignore-cgroups "do" "$(binary "$(uname -m)")" "${job[@]}"
}

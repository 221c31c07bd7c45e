# shellcheck shell=bash disable=SC2034,SC2154
# A newer glibc on this kernel: the dynamically linked program below a root that has the C library of a Debian suite, and
# this system's other libraries. (A program that is started by naming its loader could not execute itself.)

prepare_glibc() {
  local program tree=$work/$name.tree file served library
  needs_root
  prepare_binary "$(uname -m)"
  program=$(dynamic_binary "$(uname -m)")
  [[ -n $program ]] || not_available "needs pidproof-dynamic, which is built beside the static binary"
  arch=$(dpkg --print-architecture)
  prepare_archive "$arch"
  listed "$arch" '^libc6$' "$suite" | tac >"$work/$name.candidates"
  [[ -s $work/$name.candidates ]] || not_available "the mirror lists no libc6 in $suite"
  first_served "$arch" - <"$work/$name.candidates" ||
    not_available "the mirror lists the libc6 of $suite but does not serve it"
  mkdir -p "$tree"/{dev,host,proc,run,sys,tmp,usr/lib,usr/lib64}
  ln -s usr/lib usr/lib64 "$tree"
  tar -x --keep-directory-symlink --file="$file" --directory="$tree"
  ldd "$program" | awk '$2 == "=>" {print $3}' | while read -r library; do
    find "$tree" -name "${library##*/}" | grep -q . || install -D "$library" "$tree$library"
  done
  install -m 755 "$program" "$tree/pidproof"
  detail "glibc $served"
}

# A root that is a mount of its own, with this system's below /host: what is only changed by chroot can make no user
# namespace.
# shellcheck disable=SC2016
readonly below_root='
  mount --rbind "$1" "$1" && cd "$1" || exit 125
  for place in dev proc sys; do mount --rbind "/$place" "$place" || exit 125; done
  pivot_root . host && cd / && exec "${@:2}"'

try_glibc() {
  expected=$here/expected/glibc
  private bash -c "$below_root" below "$work/$name.tree" /pidproof "${job[@]}"
}

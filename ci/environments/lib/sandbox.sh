# shellcheck shell=bash disable=SC2034,SC2154
# Places on this kernel that differ by user and by what is visible.

readonly nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# Runs a command with mounts, /run and a PID namespace of its own: whatever it leaves behind ends with it.
private() {
  local limited=(timeout --foreground --kill-after=2 "$deadline" "$@")
  if [[ $EUID == 0 ]]; then
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child --mount-proc \
      bash -c 'mount -t tmpfs tmpfs /run && exec "$@"' private "${limited[@]}"
  else
    "${limited[@]}"
  fi
}

prepare_sandbox() {
  needs unshare util-linux
  prepare_binary "$(uname -m)"
  local tree=$work/$name.tree
  mkdir -p "$tree"
  install -m 755 "$(binary "$(uname -m)")" "$tree/pidproof"
  detail "on Linux $(uname -r)"
  case $how in
    nspawn)
      needs_root
      needs systemd-nspawn systemd-container
      mkdir -p "$tree"/{dev,etc,proc,root,run,sys,tmp,usr}
      detail "$(systemd-nspawn --version | sed -n 1p)"
      ;;
    bubblewrap)
      needs bwrap bubblewrap
      mkdir -p "$tree"/{dev,proc,tmp}
      detail "$(bwrap --version)"
      ;;
    chroot) needs_root ;;
    host | unprivileged | user_namespace) ;;
    *) failed "list.txt names no such sandbox: $how" ;;
  esac
}

try_sandbox() {
  local tree=$work/$name.tree as=()
  [[ $EUID != 0 ]] || as=("${nobody[@]}")
  case $how in
    # No service manager needs to be there: no registration, no unit, no boot.
    nspawn)
      private systemd-nspawn --quiet --register=no --keep-unit --as-pid2 --pipe --directory="$tree" \
        /pidproof "${job[@]}"
      ;;
    bubblewrap)
      private "${as[@]}" bwrap --unshare-all --ro-bind "$tree" / --proc /proc --dev /dev --tmpfs /tmp \
        /pidproof "${job[@]}"
      ;;
    user_namespace)
      private "${as[@]}" unshare --user --map-root-user --pid --fork --kill-child --mount-proc \
        "$tree/pidproof" "${job[@]}"
      ;;
    unprivileged) private "${as[@]}" "$tree/pidproof" "${job[@]}" ;;
    chroot) private chroot "$tree" /pidproof "${job[@]}" ;;
    host) private "$tree/pidproof" "${job[@]}" ;;
  esac
}

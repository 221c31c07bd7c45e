# shellcheck shell=bash disable=SC2034,SC2154
# qemu-user: the system calls of another architecture on this kernel.

emulator() { command -v "qemu-$arch-static" || command -v "qemu-$arch"; }

prepare_emulator() {
  emulator || needs "qemu-$arch-static" qemu-user-static
  prepare_binary "$arch"
  detail "$("$(emulator)" --version | sed -nE '1s/.*\((.*)\)/\1/p')"
}

try_emulator() { private "$(emulator)" "$(binary "$arch")" "${job[@]}"; }

# shellcheck shell=bash disable=SC2034,SC2154
# What a file that is called a kernel is, found from its bytes alone.

bytes() { od -An -v -tx1 -j "$2" -N "$3" "$1" 2>/dev/null | tr -d ' \n'; }  # FILE OFFSET COUNT: as hexadecimal digits

# amd64, arm64 or riscv64. Otherwise the reason why QEMU cannot boot it, and status 1.
image_arch() {  # FILE
  if [[ $(bytes "$1" 514 4) == 48647253 ]]; then  # HdrS: the setup header of Documentation/arch/x86/boot.rst
    [[ $(xloadflags "$1") == *[13579bdf] ]] || { echo "a 32-bit x86 kernel"; return 1; }
    echo amd64
  elif [[ $(bytes "$1" 56 4) == 41524d64 ]]; then
    echo arm64
  elif [[ $(bytes "$1" 56 4) == 52534305 ]]; then
    echo riscv64
  else
    unbootable "$1"
    return 1
  fi
}
# Its lowest bit is set if there is a 64-bit entry point: the last of the digits printed here.
xloadflags() { bytes "$1" 566 1; }

unbootable() {  # FILE
  case $(bytes "$1" 0 8) in
    7f454c46*) echo "not a boot image but an ELF file: give the bzImage or Image that the same build leaves in arch/*/boot" ;;
    4d5a????7a696d67) echo "an EFI zboot image: give the Image that the same build leaves in arch/*/boot" ;;
    1f8b* | fd377a58* | 28b52ffd* | 894c5a4f* | 02214c18*) echo "compressed: unpack it first" ;;
    '') echo "empty, or cannot be read" ;;
    *) echo "not a kernel: neither the bzImage of x86-64 nor the Image of arm64 or riscv64" ;;
  esac
}

# As the image says it, "6.12.118+deb13-cloud-amd64", or nothing: then the document does.
image_release() {  # FILE ARCHITECTURE
  local at
  if [[ $2 == amd64 ]]; then
    at=$((0x$(bytes "$1" 527 1)$(bytes "$1" 526 1)))
    ((at == 0)) || tail -c +$((at + 513)) "$1" | head -c 80 | tr '\0' '\n' | sed -n '1s/ .*//p'
  else
    grep -aom1 'Linux version [0-9][^ ]*' "$1" | sed -n '1s/Linux version //p'
  fi
}

# arm64 kernels are often installed as an Image in gzip, as QEMU takes them too: its bytes say nothing, so unpack it.
plain_image() {  # FILE COPY
  if [[ $(bytes "$1" 0 2) == 1f8b ]]; then gzip -dc "$1"; else cat "$1"; fi >"$2" 2>/dev/null
}

# shellcheck shell=bash disable=SC2034,SC2154

# The static binary for an architecture (x86_64, aarch64, riscv64), world-readable below $work.
binary() { echo "$work/$1/pidproof"; }

# The dynamically linked one, which is built beside it; nothing where it is not there.
dynamic_binary() { find "$work/$1" -name pidproof-dynamic; }

# Builds the binary unless the environment names one. A failed build fails once, not once for each environment.
prepare_binary() {  # ARCHITECTURE
  local arch=$1 preset=$1 given=PIDPROOF_BINARY_$1 built
  [[ -e $work/$arch/pidproof ]] && return
  [[ -e $work/$arch.broken ]] && failed "the $arch binary did not build: see build-$arch.log"
  if [[ -n ${!given:-} ]]; then
    built=${!given}
  else
    if [[ $arch == "$(uname -m)" ]]; then
      preset=release
      needs c++ g++
    elif [[ $arch == x86_64 ]]; then
      not_available "no preset builds for x86_64 on $(uname -m)"
    else
      needs "$arch-linux-gnu-g++" "g++-$arch-linux-gnu"
    fi
    needs cmake cmake
    needs ninja ninja-build
    built=$root/build/$preset/pidproof
    if ! build "$preset" pidproof pidproof-dynamic >"$out/build-$arch.log" 2>&1; then
      touch "$work/$arch.broken"
      failed "the $arch binary did not build: see build-$arch.log"
    fi
  fi
  install -D -m 755 "$built" "$work/$arch/pidproof"
  if [[ -e $built-dynamic ]]; then install -m 755 "$built-dynamic" "$work/$arch/pidproof-dynamic"; fi
}

build() { (cd "$root" && cmake --preset "$1" && cmake --build --preset "$1" --target "${@:2}"); }  # PRESET TARGET...

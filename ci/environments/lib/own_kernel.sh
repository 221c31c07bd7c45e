# shellcheck shell=bash disable=SC2034,SC2154
# A kernel of the user's own (--kernel FILE), booted as those of list.txt are.

# Refuses what cannot be meant, and sets what is not given.
check_own_kernel_options() {
  local file
  deadline=${deadline:-$([[ -n $kernel ]] && echo 300 || echo 900)}
  if [[ -z $kernel ]]; then
    [[ -z $own_arch$cmdline$initramfs_extra$baseline$bisect$bisect_share ]] ||
      refuse "--arch, --cmdline, --initramfs-extra, --baseline, --bisect and --share are for --kernel FILE"
    return
  fi
  if $quick || $list || ((${#patterns[@]} + wanted_pairs)); then
    refuse "--kernel boots that kernel alone: leave out names, --quick, --pairs and --list"
  fi
  [[ -z $bisect_share || -n $bisect ]] || refuse "--share is for --bisect NAME"
  bisect_share=${bisect_share:-$(usual_share "$bisect")}
  for file in "$initramfs_extra" "$baseline"; do
    [[ -z $file || -r $file ]] || refuse "$file cannot be read"
  done
}

# Sets own_row, the row of its environment, or says in one line why there is none.
take_own_kernel() {  # FILE
  local arch
  # A commit whose build left none can be neither good nor bad.
  if [[ -n $bisect ]]; then wrong=125; fi
  [[ -f $1 && -r $1 ]] || refuse "$1: no such file, or it cannot be read"
  plain_image "$1" "$work/own.kernel" || refuse "$1: compressed, and damaged"
  arch=$(image_arch "$work/own.kernel") || refuse "$1: $arch"
  [[ -z $own_arch || $own_arch == "$arch" ]] || refuse "$1: a kernel for $arch, not for $own_arch as --arch says"
  own_row="$(own_name "$1") own_kernel full arch=$arch memory=1024"
}

own_name() { basename -- "$1" | tr -c 'A-Za-z0-9._+\n-' _ | sed 's/^[-.]/_/'; }

prepare_own_kernel() {
  prepare_machine
  ln -sf "$work/own.kernel" "$work/$name.kernel"
  detail "$arch $(image_release "$work/own.kernel" "$arch")"
  if [[ -n $bisect ]]; then
    "$(binary "$(uname -m)")" explain "$bisect" >/dev/null ||
      failed "--bisect is ${bisect@Q}: make it a scenario, a feature or a kernel bug"
  fi
  prepare_boot
}

# For a bisection each race runs until harm has come, or is rarer than that share.
try_own_kernel() {
  if [[ -n $bisect ]]; then
    # A race that is slow here ends without an answer, not without a document.
    arguments=(--only "$bisect" --until "$bisect_share" --for "$((deadline / 4))s" "${arguments[@]}")
  fi
  local status=0 release
  try_kernel || status=$?
  release=$(jq -r '.host.release // ""' "$work/$name.document" 2>/dev/null || true)
  expected=$here/expected/$(expected_of "$release")
  return "$status"
}

# The expectations of that release: its line's, mainline's for one that is newer than all, and for one that no
# row lists those that leave open what the lines around it answer differently.
expected_of() {  # RELEASE
  local line newest
  line=$(sed -nE 's/^([0-9]+\.[0-9]+).*/\1/p' <<<"$1")
  newest=$(cd "$here/expected" && printf '%s\n' linux-* | sed -nE 's/^linux-([0-9.]+)$/\1/p' | sort -V | tail -n 1)
  if [[ -e $here/expected/linux-$line ]]; then
    echo "linux-$line"
  elif [[ $(printf '%s\n' "$line" "$newest" | sort -V | tail -n 1) == "$line" ]]; then
    echo mainline
  else
    echo unlisted-release
  fi
}

# Why there is no document, by what the console shows or lacks.
silenced_own_kernel() {
  local console=$work/$name.console port=ttyS1 options=CONFIG_SERIAL_8250_CONSOLE
  case $arch in arm64) port=ttyS0 options='CONFIG_SERIAL_AMBA_PL011_CONSOLE' ;; esac
  lacks() { ! grep -q "$1" "$console"; }
  if [[ ! -s $console ]]; then
    echo "it printed nothing: no serial console ($options, CONFIG_PRINTK), or it stopped before that"
  elif ! lacks '"schema": *"pidproof'; then
    echo "it has one serial port, so the document came in place of the console (CONFIG_SERIAL_8250_RUNTIME_UARTS)"
  elif ! lacks 'VFS: Unable to mount root' && lacks 'rootfs image'; then
    echo "it has no initial ramdisk (CONFIG_BLK_DEV_INITRD)"
  elif ! lacks 'No working init found' || ! lacks 'Requested init /init failed'; then
    echo "it cannot execute the program (CONFIG_BINFMT_ELF)"
  elif ! lacks 'Kernel panic'; then
    echo "it panicked: $(tr -d '\r' <"$console" | sed -n 's/.*Kernel panic - not syncing: //p' | head -n 1)$(while_it_ran)"
  elif lacks 'Run /init'; then
    echo "it stopped before its first program"
  elif lacks 'devtmpfs: initialized'; then
    echo "it has no devtmpfs (CONFIG_DEVTMPFS), so there is no serial port to write to"
  elif lacks "$port at "; then
    echo "it has no second serial port, $port (CONFIG_SERIAL_8250; on arm64 and riscv64 CONFIG_SERIAL_8250_PCI)"
  else
    echo "it stopped$(while_it_ran)"
  fi
}

while_it_ran() {
  local begun
  begun=$(tr -d '\r' <"$work/$name.console" | sed -n 's/^pidproof: begins //p' | tail -n 1)
  echo "${begun:+ while $begun ran}"
}

# Beside what it contradicts: one line for what makes hundreds of cells unsupported.
contradicted_own_kernel() {
  local isolation
  isolation=$(jq -r '.host.isolation' "$out/$name.json")
  [[ $isolation == 'pid namespace' ]] ||
    echo "kernel: no PID namespace can be made (CONFIG_PID_NS): isolation: $isolation, and what needs more is unsupported"
  contradicted_kernel
}

# What differs, and the console's end where there is no document; then the exit status.
conclude_own_kernel() {  # NAME
  local misfits=$out/$1.misfits status=0
  summary "$1" >"$work/summary" || status=1
  if [[ ! -e $out/$1.json ]]; then
    console_end "$work/$1.console"
  elif [[ -s $misfits && -z $bisect ]]; then
    sed -n 1,40p "$misfits"
    (($(wc -l <"$misfits") <= 40)) || echo "... and more in $misfits"
  fi
  if [[ -e $out/$1.json && -n $baseline ]]; then compare_with_baseline "$1"; fi
  if [[ -n $bisect ]]; then bisect_status "$1"; else return "$status"; fi
}

# From its panic on, or its last lines.
console_end() {  # FILE
  [[ -s $1 ]] || return 0
  echo "the end of its console:"
  tr -d '\r' <"$1" | grep -v '^ *$' | awk '
    { line[NR] = $0 }
    /Kernel panic/ && !from { from = NR - 3 }
    END {
      if (!from) from = NR - 11
      for (i = from < 1 ? 1 : from; i <= NR && i < from + 12; ++i) print "    " line[i]
    }'
}

compare_with_baseline() {  # NAME
  local judge
  judge=$(binary "$(uname -m)")
  if "$judge" diff --help >/dev/null 2>&1; then
    "$judge" diff "$baseline" "$out/$1.json" || true
  else
    "$judge" table --differing "$baseline" "$out/$1.json" || true
  fi
}

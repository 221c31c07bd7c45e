# shellcheck shell=bash disable=SC2034,SC2154
# Debian's cloud kernels in full emulation, with the binary as /init and nothing else.

# A line's kernels, oldest first. From 6.19 on the image is in linux-binary-*, and linux-image-* only depends on it.
kernels_of() {  # ARCHITECTURE LINE
  local all=$work/kernels-$1
  if [[ ! -e $all ]]; then
    listed "$1" "^linux-(image|binary)-[0-9]+\.[0-9]+\.[0-9].*-cloud-$1\$" >"$all"
    [[ $1 != amd64 ]] || note_new_lines "$all" >&2
  fi
  awk -v line="$2." '
    { release = $1; sub(/linux-(image|binary)-/, "", release) }
    FNR == NR { if ($1 ~ /^linux-binary/) split_up[release] = 1; next }
    index(release, line) == 1 && !($1 ~ /^linux-image/ && release in split_up)' "$all" "$all"
}

note_new_lines() {
  local line
  while read -r line; do
    rows | grep -q "line=$line\b" || note "the mirror also lists Linux $line, for which list.txt has no row"
  done < <(sed -nE 's/^linux-image-([0-9]+\.[0-9]+)\..*/\1/p' "$1" | sort -uV)
}

machine_of() { case $1 in amd64) echo x86_64 ;; arm64) echo aarch64 ;; riscv64) echo riscv64 ;; esac }

prepare_machine() {
  case $arch in
    amd64) needs qemu-system-x86_64 qemu-system-x86 ;;
    arm64) needs qemu-system-aarch64 qemu-system-arm ;;
    riscv64) needs qemu-system-riscv64 qemu-system-misc ;;
  esac
  needs cpio cpio
  prepare_binary "$(machine_of "$arch")"
}

prepare_kernel() {
  local file served order=(tac)
  prepare_machine
  prepare_archive "$arch"
  [[ $pick == oldest ]] && order=(cat)
  kernels_of "$arch" "$line" | "${order[@]}" | sed -n 1,8p >"$work/$name.candidates"
  [[ -s $work/$name.candidates ]] || not_available "the mirror lists no $arch cloud kernel $line"
  first_served "$arch" '*/vmlinuz*' <"$work/$name.candidates" ||
    not_available "the mirror lists kernel $line but serves none"
  ln -s "$file" "$work/$name.kernel"
  detail "$arch $served"
  prepare_boot
}

prepare_boot() {
  local machine
  machine=$(machine_of "$arch")
  prepare_initramfs "$machine"
  if $kvm && [[ $machine == "$(uname -m)" && ! -e $work/accelerator ]]; then prove_kvm; fi
}

prepare_initramfs() {  # MACHINE
  local tree=$work/$1/initramfs
  [[ -e $tree.cpio ]] && return
  mkdir -p "$tree"/{proc,sys,dev,tmp}
  cp "$(binary "$1")" "$tree/init"
  {
    if [[ -n $initramfs_extra ]]; then cat "$initramfs_extra"; fi  # before ours, whose /init counts
    (cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0)
  } >"$tree.cpio"
}

# A /dev/kvm that is there may still hang, so only a boot proves it.
prove_kvm() {
  echo "kvm host" >"$work/accelerator"
  if ! boot 20 --version || ! grep -q 'Power down' "$work/$name.console"; then
    echo "KVM did not boot a kernel within 20 s"
    echo "tcg,thread=multi max" >"$work/accelerator"
  fi
}

# After an oops the kernel may go on with locks held for ever: it panics and says so at once. A WARN does not end
# it: the document, which has the line, is worth more than its end. The watchdogs wait as
# long as they can, since an emulator on a busy machine is slow.
readonly watchdogs="oops=panic panic=-1 rcupdate.rcu_cpu_stall_timeout=300 sysctl.kernel.watchdog_thresh=60
  sysctl.kernel.hung_task_timeout_secs=300"

# The console and the second serial port need no module in Debian's kernels:
# two ISA ports on q35, the PL011 and a 16550 on PCI on virt, which has one PL011 only; on riscv64 its 16550 and one on PCI.
boot() {  # DEADLINE ARGUMENT...: the document goes to stdout, the console to stderr
  local machine limit=$1 document=$work/$name.port emulation console port accelerator=tcg,thread=multi cpu=max
  local lenient=
  shift
  machine=$(machine_of "$arch")
  if [[ $machine == x86_64 ]]; then
    [[ -e $work/accelerator ]] && read -r accelerator cpu <"$work/accelerator"
    emulation=(-machine q35 -cpu "$cpu" -serial "file:$work/$name.console" -serial "file:$document")
    console=ttyS0 port=/dev/ttyS1
    lenient=no_timer_check  # else a busy machine's guest panics: its timer interrupts come too late
  elif [[ $machine == riscv64 ]]; then
    emulation=(-machine virt -serial "file:$work/$name.console"
      -chardev "file,id=document,path=$document" -device "pci-serial,chardev=document")
    console=ttyS0 port=/dev/ttyS1
  else
    # -cpu max takes twice as long: it emulates pointer authentication.
    emulation=(-machine virt -cpu cortex-a72 -serial "file:$work/$name.console"
      -chardev "file,id=document,path=$document" -device "pci-serial,chardev=document")
    console=ttyAMA0 port=/dev/ttyS0
  fi
  [[ $1 == run ]] && set -- run --json "$port" --quiet ${as:+--as "$as"} "${arguments[@]}"
  touch "$document"
  local status=0
  timeout --foreground --kill-after=2 "$limit" "qemu-system-$machine" "${emulation[@]}" -accel "$accelerator" \
    -smp "$processors" -m "$memory" -nodefaults -no-user-config -no-reboot -display none \
    -kernel "$work/$name.kernel" -initrd "$work/$machine/initramfs.cpio" \
    -append "console=$console ${watchdogs//$'\n'/ } $lenient ${sysctl:+\"sysctl.${sysctl//+/ }\"} $cmdline -- $*" >&2 || status=$?
  cat "$work/$name.console" >&2
  tr -d '\r' <"$document"
  return "$status"
}

# A kernel that the emulator makes crash is booted again, twice at the most: one that dies before its first program, and
# one whose first oops is an int3, by which a kernel marks text that it patches. On a real processor no other one runs
# into that; a bug of the kernel comes back.
died_before_init() { grep -q 'Kernel panic' "$work/$name.console" && ! grep -q 'Run /init' "$work/$name.console"; }
ran_into_patched_text() {
  grep -m 1 -o 'Oops: .*' "$work/$name.console" | grep -q '^Oops: int3' &&
    ! grep -qs '^kvm' "$work/accelerator"
}
try_kernel() {
  local status boots
  for boots in 1 2 3; do
    status=0
    boot "$deadline" run >"$work/$name.document" || status=$?
    if died_before_init; then
      note "$name: the kernel died before its first program (boot $boots)" >&2
    elif ran_into_patched_text; then
      note "$name: the emulator let the kernel run into text that it was patching (boot $boots)" >&2
    else
      break
    fi
  done
  cat "$work/$name.document"
  return "$status"
}

# The lines of the console by which the kernel reported trouble.
console_trouble() {
  local status=0
  "$(binary "$(uname -m)")" kernel-log "$work/$name.console" || status=$?
  ((status <= 1)) || echo "pidproof kernel-log ended with status $status: see $name.log"
}

# Why there is no document: the first trouble that the kernel reported, and what had begun last.
silenced_kernel() {
  local trouble begun
  trouble=$(console_trouble | sed -n 1p)
  begun=$(tr -d '\r' <"$work/$name.console" | sed -n 's/^pidproof: begins //p' | tail -n 1)
  [[ -z $trouble ]] || echo "$trouble${begun:+ (while $begun ran)}"
}

# What the document cannot say: that the kernel was not watched, and what it reported after the document was written.
contradicted_kernel() {
  local document=$out/$name.json
  jq -r '.run.kernel_watch | select(. != "own kernel") | "kernel: its log was not watched: \(.)"' "$document"
  console_trouble | grep -vxFf <(jq -r '.kernel_log[]?.text' "$document") | sed 's/^/kernel: on the console alone: /'
  true
}

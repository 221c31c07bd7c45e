# shellcheck shell=bash disable=SC2154
# The folder that a run works in, $scratch.XXXXXX. It and all it starts hold a lock there, for as long as one of
# them lives: what a run left behind that was killed outright is known by its lock, which is free.

hold_scratch() {
  exec 9>"$work/lock.new"
  flock 9
  mv "$work/lock.new" "$work/lock"  # it is visible only once it is held
}

sweep_scratch() {
  local left
  for left in "$scratch".*; do
    [[ -O $left && ! -L $left && -e $left/lock ]] || continue  # any user may make a folder of that name
    if flock --nonblock "$left/lock" true; then rm -rf --one-file-system "$left"; fi
  done
}

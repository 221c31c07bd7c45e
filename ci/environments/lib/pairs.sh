# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# Two restrictions at once: the rows A and B as one row, A+B, with B's command below A's.

# The row of a pair; status 1 unless both are rows of restricted hosts on this kernel.
paired() {  # A+B
  local half names=() cgroups=() commands=() documents= slower=3
  for half in ${1/+/ }; do
    [[ -n $(row "$half") ]] || return 1
    read_row "$half"
    [[ $kind == restricted && -z $line ]] || return 1
    names+=("$named")
    [[ -z $cgroup ]] || cgroups+=("$cgroup")
    documents=${document:-$documents}
    slower=$((slower * times / 3))
    commands+=("${restriction[@]}")
  done
  echo "$1 restricted pairs named=$(joined "${names[@]}") cgroup=$(joined "${cgroups[@]}") document=$documents" \
    "times=$slower -- ${commands[*]}"
}

joined() { local IFS=,; echo "$*"; }

# Names of pairs of different rows. Of each row the class (what its name begins with) is drawn first, else nearly all
# would be of the largest class. The same seed draws the same pairs of the same list. Of two restrictions the one that takes
# rights away is set second, and descriptors are closed last.
draw_pairs() {  # HOW_MANY SEED
  rows | awk -v wanted="$1" -v state="$2" '
    # The generator of Park and Miller, whose products every awk holds exactly.
    function draw(below) { state = (state * 16807) % 2147483647; return int(state / 2147483647 * below) }
    function rank(name) { return name ~ /^closed-/ ? 2 : name ~ /^(capability|landlock|privilege|rlimit|seccomp)-/ }
    function any() { at = classes[draw(kinds)]; return member[at, draw(members[at])] }
    $2 == "restricted" && !/ line=/ {
      class = $1
      sub(/-.*/, "", class)
      if (!(class in members)) classes[kinds++] = class
      member[class, members[class]++ + 0] = $1
    }
    END {
      state = state % 2147483646 + 1
      for (i = 0; i < 8; ++i) draw(2)  # small seeds begin alike
      while (wanted > 0) {
        one = any()
        other = any()
        if (rank(one) > rank(other)) { higher = one; one = other; other = higher }
        if (one == other || (one, other) in drawn) continue
        drawn[one, other] = 1
        print one "+" other
        --wanted
      }
    }'
}

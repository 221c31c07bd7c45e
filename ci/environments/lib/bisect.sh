# shellcheck shell=bash disable=SC2154
# What `git bisect run` wants to know of a document: 0 good, 1 bad, 125 cannot be told.

# Below the rates at which the kernels of list.txt show the bug in full emulation, so that none is missed.
usual_share() {  # NAME
  case $1 in
    getfd-exit-window) echo 1e-1 ;;  # 13 to 23 of 30 opportunities
    getinfo-*) echo 1e-2 ;;  # 1 of 62 at the least
    exec-poll-premature) echo 1e-4 ;;  # not once in 480
    *) echo 1e-3 ;;  # subreaper-flag-lost 1 of 229, exit-wakes-twice 1 of 263, epoll-wait-false-negative 1 of 1,395
  esac
}

# "bad REASON", "good REASON" or "untold REASON". NAME is a kernel bug, a scenario or a feature.
bisect_word() {  # DOCUMENT NAME SHARE
  # shellcheck disable=SC2016  # jq's own dollars
  jq -r --arg name "$2" --argjson share "$3" '
    . as $document
    | [.scenarios[] | select(any(.claims[]; .bug == $name)) | .name] as $of_bug
    | [.scenarios[] | select(.name == $name) | .name] as $itself
    | [.cells[] | select(.world == "native" and (.scenario | IN(($of_bug + $itself)[])))] as $cells
    | [$cells[] | select(.path == "pidfd")] as $pidfd
    | [$cells[] | select(.verdict | IN("violated", "hung", "crashed"))] as $wrong
    | [$pidfd[] | . as $cell | .kernel_bugs[]? | select($of_bug == [] or .name == $name)
        | "\(.name): \($cell.scenario): \(.outcome) in \(.hits) of \($cell.trials) trials"] as $met
    | [$pidfd[] | select(.verdict | IN("upheld", "hazardous"))] as $decided
    | [$pidfd[] | select(.verdict != "unsupported") | select(IN($decided[]) | not)] as $undecided
    | [$decided[] | select(.verdict == "upheld" and .rate_high != null and .rate_high > $share * 1.01)] as $weak
    | def about: "\(.scenario), \(.path): \(.verdict): \(.reason // .why // "")";
      if $cells == [] then
        [.features[] | select(.world == "native" and .feature == $name)][0] as $feature
        | if $feature == null then "untold the document has no row of \($name)"
          elif $feature.availability == "present" then "good \($name) is present"
          elif $feature.availability == "absent" then "bad \($name) is absent: \($feature.evidence)"
          else "untold \($name) is \($feature.availability): \($feature.evidence)" end
      elif $wrong != [] then "bad \($wrong[0] | about)"
      elif $met != [] then "bad \($met[0])"
      elif $undecided != [] then "untold \($undecided[0] | about)"
      elif $decided == [] then "untold \($pidfd[0] // $cells[0] | about)"
      elif $weak != [] then "untold \($weak[0] | about)"
      else "good \($decided[0] | about)" end' "$1"
}

# Prints one line and returns the status: 255, which ends a bisection, where nothing could be booted here.
bisect_status() {  # NAME
  local told word
  if [[ ! -e $out/$1.json ]]; then
    echo "bisect: cannot be told: $(report "$1")"
    [[ -e $work/$1.console ]] || return 255
    return 125
  fi
  told=$(bisect_word "$out/$1.json" "$bisect" "$bisect_share") || told="untold the document cannot be read"
  word=${told%% *}
  echo "bisect: $([[ $word == untold ]] && echo 'cannot be told' || echo "$word"): ${told#* }"
  case $word in good) return 0 ;; bad) return 1 ;; *) return 125 ;; esac
}

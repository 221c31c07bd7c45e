# The calls of a trace by `strace -f -qq` that concern pidfds, one a line, in words that do not change from run to run:
# descriptors by their order of appearance in their process, processes by their part. Threads of a process count as
# one. The process that makes the first call is `self`; the calls of its children follow with a mark. most: only what
# concerns the first so many pidfds, where it is not 0.

# A call that another thread's interrupts is one line, where it began.
/<unfinished \.\.\.>$/ {
  sub(/ <unfinished \.\.\.>$/, "")
  begun[$1] = ++lines
  line[lines] = $0
  next
}
/^[0-9]+ <\.\.\. [a-z0-9_]+ resumed>/ {
  rest = $0
  sub(/^[0-9]+ <\.\.\. [a-z0-9_]+ resumed>/, "", rest)
  line[begun[$1]] = line[begun[$1]] rest
  next
}
{ line[++lines] = $0 }

END {
  for (i = 1; i <= lines; ++i) family(line[i])
  for (i = 1; i <= lines; ++i) one(line[i])
  for (i = 1; i <= calls; ++i) if (of[i] == main) print call[i]
  for (i = 1; i <= calls; ++i) if (of[i] != main) print "in the child: " call[i]
}

function family(text,    words) {
  split(text, words, " ")
  if (text ~ /^[0-9]+ +(clone|clone3|fork|vfork)\(/ && match(text, / = [0-9]+$/)) {
    made = substr(text, RSTART + 3)
    if (text ~ /CLONE_THREAD/) leader[made] = process(words[1]); else parent[made] = process(words[1])
  }
}
function process(task) { while (task in leader) task = leader[task]; return task }

# The result in one word.
function result(text) {
  sub(/^.*\) += +/, "", text)
  if (text ~ /^-1 /) { sub(/^-1 /, "", text); sub(/ .*/, "", text); return text }
  sub(/ .*/, "", text)
  return text
}
function begins(who, fd) {
  if (fd !~ /^[0-9]+$/) return fd
  known[who, fd] = "pidfd" ++pidfds[who]
  return known[who, fd]
}
function name(who, fd) { return (who, fd) in known ? known[who, fd] : fd }
function say(who, text) {
  if (most && pidfds[who] > most) return
  if (!calls) main = who
  call[++calls] = text
  of[calls] = who
}
# What stands behind a word up to the next comma or bracket.
function behind(text, word,    at) {
  at = index(text, word)
  if (!at) return "none"
  text = substr(text, at + length(word))
  sub(/[],}) ].*/, "", text)
  return text
}

function one(text,    who, is, arguments, fields, value, fd, fds, i) {
  who = process(text + 0)
  sub(/^[0-9]+ +/, "", text)
  is = substr(text, 1, index(text, "(") - 1)
  arguments = substr(text, length(is) + 2)
  split(arguments, fields, /, |\) /)
  fd = fields[1]
  value = result(text)

  if (is == "close") { delete known[who, fd + 0]; return }
  if (is == "pidfd_open") {
    fds = process(fd) == who ? "self" : parent[fd] == who ? "child" : "another"
    sub(/\)$/, "", fields[2])
    value = begins(who, value)
    return say(who, is "(" fds ", " fields[2] ") = " value)
  }
  if (is == "waitid" && fd == "P_PIDFD") {
    if (match(arguments, /(, |\|)[A-Z_|]*WEXITED[A-Z_|]*/)) options = substr(arguments, RSTART, RLENGTH)
    sub(/^, /, "", options)
    if (fields[2] != 2147483647 && !((who, fields[2]) in known)) begins(who, fields[2])
    return say(who, is "(P_PIDFD, " name(who, fields[2]) ", " (fields[3] == "NULL" ? "NULL" : "info") ", " options ") = " value)
  }
  if (is == "clone" && text ~ /CLONE_PIDFD/) {
    fds = behind(text, "child_stack=") == "NULL" ? "our stack" : "its own stack"
    value = begins(who, text ~ / = -1 / ? value : behind(text, "parent_tid=["))
    return say(who, is "(" fds ", " behind(text, "flags=") ") = " value)
  }
  if (is == "clone3" && text ~ /CLONE_PIDFD/) {
    fds = text
    sub(/.*\}, /, "", fds)
    value = begins(who, text ~ / = -1 / ? value : behind(text, "{pidfd=["))
    return say(who, is "(" behind(text, "flags=") ", " behind(text, "exit_signal=") ", stack of " \
               behind(text, "stack_size=") ", size " (fds + 0) ") = " value)
  }
  if (is ~ /^p?poll$/) {
    while (match(arguments, /\{fd=[0-9]+, events=[A-Z|]+/)) {
      fds = substr(arguments, RSTART + 4, RLENGTH - 4)
      arguments = substr(arguments, RSTART + RLENGTH)
      if ((who, fds + 0) in known) say(who, "poll(" known[who, fds + 0] ", " behind(fds, "events=") ")")
      if (index(arguments, " = ") && !index(substr(arguments, 1, index(arguments, " = ")), "{fd=")) break
    }
    return
  }
  if (is == "epoll_ctl") {
    if (!((who, fields[3]) in known)) return
    fds = fields[2] == "EPOLL_CTL_DEL" ? "" : ", " behind(text, "events=")
    return say(who, is "(" fields[2] ", " known[who, fields[3]] fds ") = " value)
  }
  if (!((who, fd) in known)) return
  if (is == "fcntl") {
    sub(/\)$/, "", fields[2])
    if (fields[2] ~ /DUPFD/) return say(who, is "(" known[who, fd] ", " fields[2] ", " fields[3] ") = " begins(who, value))
    return say(who, is "(" known[who, fd] ", " fields[2] ")")
  }
  if (is == "ioctl") {
    sub(/, 0x[0-9a-f]+\) += .*/, "", arguments)
    sub(/^[0-9]+, /, "", arguments)
    return say(who, is "(" known[who, fd] ", " arguments ") = " value)
  }
  if (is == "fstatfs") return say(who, is "(" known[who, fd] ") = " value)
  if (is == "name_to_handle_at")
    return say(who, is "(" known[who, fd] ", handle_bytes=" behind(text, "handle_bytes=") ", " \
               (text ~ /AT_EMPTY_PATH/ ? "AT_EMPTY_PATH" : "0") ") = " value)
  if (is == "pidfd_send_signal" || is == "pidfd_getfd") {
    sub(/^[0-9]+/, known[who, fd], arguments)
    sub(/\) += .*/, "", arguments)
    return say(who, is "(" arguments ") = " value)
  }
}

# shellcheck shell=bash disable=SC2034,SC2154
# A private apt: own configuration, lists and cache, for suites and architectures that are not the system's.
# Its sources name the mirrors that the system's apt uses, and its downloads pass apt's own verification.

readonly suites=(bullseye bookworm bookworm-backports trixie trixie-backports sid experimental)
readonly security_suites=(bullseye-security bookworm-security trixie-security)
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The URI from which the system's apt takes a suite, out of one-line and deb822 sources.
mirror_of() {  # SUITE
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [[ -e $file ]]; then sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) +([^ ]+) .*/\2 \3/p' "$file"; fi
  done | awk -v suite="$1" '$2 == suite {print $1}'
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -e $file ]] || continue
    grep -v '^#' "$file" | awk -v suite="$1" '
      BEGIN { RS = ""; FS = "\n" }
      {
        uri = suites = ""
        for (i = 1; i <= NF; ++i) {
          if ($i ~ /^URIs:/) { split($i, words, " +"); uri = words[2] }
          if ($i ~ /^Suites:/) suites = substr($i, 8) " "
        }
        if (index(suites, " " suite " ")) print uri
      }'
  done
}

sources() {
  local codename main security suite
  codename=$(. /etc/os-release && echo "${ID:-}:${VERSION_CODENAME:-}")
  if [[ $codename == debian:?* ]]; then
    main=$(mirror_of "${codename#*:}" | sed -n 1p)
    security=$(mirror_of "${codename#*:}-security" | sed -n 1p)
  fi
  main=${PIDPROOF_MIRROR:-${main:-}}
  security=${PIDPROOF_SECURITY_MIRROR:-${security:-}}
  [[ -n $main ]] || return 0
  for suite in "${suites[@]}"; do echo "deb [signed-by=$keyring] $main $suite main"; done
  for suite in "${security_suites[@]}"; do
    [[ -z $security ]] || echo "deb [signed-by=$keyring] $security $suite main"
  done
}

private_apt() {  # ARCHITECTURE COMMAND...
  local place=$cache/apt-$1
  shift
  APT_CONFIG=$place/apt.conf flock "$place/lock" timeout --foreground --kill-after=10 120 "$@" </dev/null
}

configure_archive() {  # ARCHITECTURE
  local place=$cache/apt-$1
  mkdir -p "$place"/{etc/apt.conf.d,etc/preferences.d,etc/sources.list.d,state/lists/partial,cache/archives/partial}
  : >"$place/status"
  sources >"$place/etc/sources.list"
  cat >"$place/apt.conf" <<END
Dir::Etc "$place/etc";
Dir::Etc::netrc "/etc/apt/auth.conf";
Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
Dir::State "$place/state";
Dir::State::status "$place/status";
Dir::Cache "$place/cache";
APT::Architecture "$1";
APT::Architectures "$1";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
Acquire::GzipIndexes "true";
Dir::Cache::srcpkgcache "";
$(apt-config dump | grep -iE '^Acquire::(Check-Valid-Until|Check-Date|[a-z]+::(Proxy|CaInfo|Verify))' || true)
END
}

# Reads the mirror's lists once a day. A suite that the mirror lacks leaves the others usable.
prepare_archive() {  # ARCHITECTURE
  local place=$cache/apt-$1 suite expected unread
  [[ -e $work/archive-$1.reason ]] && not_available "$(<"$work/archive-$1.reason")"
  [[ -e $work/archive-$1.ready ]] && return
  needs apt-get apt
  needs "$keyring" debian-archive-keyring
  configure_archive "$1"
  if [[ ! -s $place/etc/sources.list ]]; then
    archive_lacks "$1" "apt's sources name no Debian mirror (set PIDPROOF_MIRROR)"
  fi
  mapfile -t expected < <(awk '{print $(NF - 1)}' "$place/etc/sources.list")
  if $refresh || [[ -z $(find "$place/read" -mmin -1440 2>/dev/null) ]]; then
    if private_apt "$1" apt-get -q update; then touch "$place/read"; fi
  fi
  unread=0
  for suite in "${expected[@]}"; do
    compgen -G "$place/state/lists/*_dists_${suite}_main_binary-$1_Packages*" >/dev/null && continue
    note "the $1 packages of the suite $suite could not be read from the mirror: see $name.log"
    ((++unread))
  done
  ((unread < ${#expected[@]})) || archive_lacks "$1" "no package list could be read from the mirror"
  touch "$work/archive-$1.ready"
}

archive_lacks() { echo "$2" >"$work/archive-$1.reason"; not_available "$2"; }

# "package version" of each package whose name matches, oldest first.
listed() {  # ARCHITECTURE REGEX [SUITE]
  local packages
  mapfile -t packages < <(private_apt "$1" apt-cache pkgnames | grep -E "$2")
  ((${#packages[@]})) || return 0
  private_apt "$1" apt-cache madison "${packages[@]}" | awk -v suite="${3:-}/" '
    suite == "/" || index($6, suite) == 1 {print $1, $3}' | sort -u | sort -V -k 2,2
}

# Puts one file of a package (or, for the pattern -, all of them as a tar archive) in the cache and prints where;
# status 1 if the mirror does not serve it.
extracted() {  # ARCHITECTURE PACKAGE VERSION PATTERN
  local file=$cache/files/$2_$3_$1 scratch=$work/download
  if [[ ! -s $file ]]; then
    rm -rf "$scratch"
    mkdir -p "$scratch" "$cache/files"
    (cd "$scratch" && private_apt "$1" apt-get -q download "$2=$3") >&2 || return 1
    dpkg-deb --fsys-tarfile "$scratch"/*.deb |
      if [[ $4 == - ]]; then cat; else tar -xO --wildcards "$4"; fi >"$scratch/file" || return 1
    chmod 755 "$scratch/file"
    mv "$scratch/file" "$file"
    rm -rf "$scratch"
  fi
  echo "$file"
}

# The first of the candidates on stdin ("package version" lines) that the mirror really serves: sets $file.
first_served() {  # ARCHITECTURE PATTERN
  local package version
  file=
  while read -r package version; do
    if file=$(extracted "$1" "$package" "$version" "$2"); then
      served=$version
      return
    fi
    note "listed by the mirror but not served: $package $version ($1)"
  done
  return 1
}

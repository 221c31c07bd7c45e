# shellcheck shell=bash disable=SC2034,SC2154

# Makes sure that a command or file is there, or ends the environment with the name of the Debian package.
needs() {  # COMMAND|/FILE PACKAGE
  present "$1" && return
  if [[ $install == 1 && $EUID == 0 ]]; then
    export DEBIAN_FRONTEND=noninteractive
    system_install "$2" || { apt-get -q update && system_install "$2"; } || true
    present "$1" && return
    not_available "package $2 could not be installed"
  fi
  not_available "needs package $2 (--install installs it, as root)"
}

needs_root() { [[ $EUID == 0 ]] || not_available "needs root"; }

present() { if [[ $1 == /* ]]; then [[ -e $1 ]]; else command -v "$1" >/dev/null; fi; }
system_install() { timeout --foreground 300 apt-get -q -y --no-install-recommends install "$1"; }

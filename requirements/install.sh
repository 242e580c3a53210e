#!/usr/bin/env bash
# Installs one lock file into a virtual environment, making the environment when it is missing.
# Every package is pinned and checked against its hash; nothing outside the lock is resolved.
# Usage: requirements/install.sh PYTHON VENV LOCK
set -euo pipefail

python=$1 venv=$2 lock=$3

explain() { printf '\n'; printf '%s\n' "$@"; exit 1; } >&2

recent_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; }

require_python() {
    command -v "$python" >/dev/null ||
        explain "Python is not found: '$python' is not a command here." \
                "Install Python 3.11 or newer, or name one: make setup PYTHON=/path/to/python3.12"
    recent_enough "$python" ||
        explain "Esep needs Python 3.11 or newer; '$python' is $("$python" -V 2>&1)." \
                "Name a newer one: make setup PYTHON=python3.12"
}

make_environment() {
    if recent_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version; then return; fi >/dev/null 2>&1
    require_python
    printf 'Making %s with %s\n' "$venv" "$("$python" -V)"
    "$python" -m venv --clear "$venv" ||
        explain "'$python' could not make a virtual environment." \
                "On Debian and Ubuntu: apt-get install python3-venv, then run the same command again."
}

# A quiet minute looks like a hang: name each package as it arrives.
show_progress() {
    local total=$1 seen=0 word package rest
    while read -r word package rest; do
        case $word in
            Collecting) seen=$((seen + 1)); draw "  [$seen/$total] $package" ;;
            Requirement | Ignoring) seen=$((seen + 1)) ;;
            Installing) draw "  unpacking" ;;
        esac
    done
    draw ""
}

draw() { if [ -t 1 ]; then printf '\r\033[K%s' "$1"; fi; }

# Not compiled ahead: Python does that for what it imports, which takes 1 s instead of 11 and 100 MB less.
install_lock() {
    local total
    total=$(grep -c '==' "$lock")
    printf 'Installing the %s packages of %s\n' "$total" "$lock"
    PYTHONUNBUFFERED=1 "$venv/bin/python" -m pip install --disable-pip-version-check \
        --no-deps --no-compile --require-hashes --requirement "$lock" | show_progress "$total" ||
        explain "The packages of $lock could not all be installed; the reason is above." \
                "If it was the network, run the same command again: what was downloaded is kept."
}

make_environment
install_lock

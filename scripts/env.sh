# shellcheck shell=bash
# Where everything is, and the few words every script needs. Sourced, never run; each value can be
# overridden from the environment or on make's command line (`make test PG_CONFIG=…`).
# shellcheck disable=SC2034 # the variables are for the scripts that source this file
set -euo pipefail
umask 022 # the cluster's user must be able to read what root makes here

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
R=${R:-/usr/bin/R}
PYTHON=${PYTHON:-/usr/bin/python3} # the system's: one below root's home could not be run by the server
target=${CARGO_TARGET_DIR:-$root/target}
PROFILE=${PROFILE:-release} # or dev: with debug assertions
TOY=${TOY-$([ "$PROFILE" = release ] || echo toy)} # with the language of tests/toy, or empty
built=$target/${PROFILE/#dev/debug}
state=$target/cluster # the demo's cluster: scripts/cluster writes how to reach it

# As root the server runs as its own user, who cannot read root's home; otherwise as the caller.
if [ "$(id -u)" = 0 ]; then
    owner=${CLUSTER_USER:-postgres}
    tools=/opt/pg_launchpad
    TEST_WORKERS=${TEST_WORKERS:-3} # server tests that run side by side; most of them wait
else
    owner=$(id -un)
    tools=$target
    TEST_WORKERS=1 # side by side each needs a user of its own
fi
VENV=${VENV:-$tools/venv}                               # what scripts run in
LIBRARIES_VENV=${LIBRARIES_VENV:-$tools/libraries-venv} # and what some of the tests do
TEST_VENV=${TEST_VENV:-$tools/test-venv}                # pytest, psycopg, ruff
servers=$tools/servers                                  # other versions, for the tests
assertions=$tools/assertions                            # and a server that checks itself
BENCH_VENV=${BENCH_VENV:-$tools/bench-venv}             # the benchmark's client and scripts
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin

say() { printf '== %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    [ $# = 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}

# Run as the cluster's owner. Not runuser: it stays in between and outlives a signal by two seconds.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$owner" --regid="$(id -g "$owner")" --init-groups -- "$@"
    else
        "$@"
    fi
}

# The server's major version: 15. Needs the server's packages.
pg_major() { "$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'; }
pg_bin() { "$PG_CONFIG" --bindir; }

# Where pgrx is told of that server; see scripts/build.
if [ -x "$PG_CONFIG" ]; then
    PGRX_HOME=$root/target/pgrx/$(pg_major)
    export PGRX_HOME
fi

# Cargo's feature flags for that server.
cargo_features() {
    local features
    features=pg_launchpad/pg$(pg_major)
    [ -z "$TOY" ] || features+=,launchpad-languages/toy
    printf '%s\n' --no-default-features --features "$features"
}

# Run a command so that ending this script ends all of it: the command gets a process group of its
# own, and `stop_child` in the caller's EXIT trap ends that group. (A shell runs no trap while it
# waits for a foreground command; `wait` it interrupts at once.)
child=
run_child() {
    local status=0
    set -m
    "$@" </dev/null &
    child=$!
    set +m
    wait "$child" || status=$?
    child=
    return "$status"
}
stop_child() {
    trap '' INT TERM HUP
    [ -n "$child" ] && kill -TERM -- "-$child" 2>/dev/null || return 0
    wait "$child" 2>/dev/null || true
    # What it had started may need a while to clean up.
    local turns=300
    while ((turns-- > 0)) && kill -0 -- "-$child" 2>/dev/null; do sleep 0.1; done
}

# Run `$1` when the script ends, however it ends (but for SIGKILL).
at_exit() {
    # shellcheck disable=SC2064 # expanded now, on purpose
    trap "$1" EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

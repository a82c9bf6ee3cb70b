"""Whose limits bind a call whose current user is not the session's: the table in
docs/governance.md, row by row, and what it says of reloads, turns and shares.

What roles cannot make of it is in pg_regress/sql/whose_limits.sql.
"""

import os
import re

import psycopg
import pytest

from calls import FORKS, SLEEP, RunningCall, statement
from cluster import Cluster, wait_until
from test_documents import table

NETWORK = """
import socket
try:
    socket.socket()
    OutputDataSet = [("host",)]
except OSError:
    OutputDataSet = [("none",)]
"""
PROGRAMS = """
import subprocess
try:
    subprocess.run(["/bin/true"])
    OutputDataSet = [("on",)]
except PermissionError:
    OutputDataSet = [("off",)]
"""
# The kernel's limit leaves room for 64 MB that are reserved and not filled.
MEMORY = """
import resource
OutputDataSet = [(f"{(resource.getrlimit(resource.RLIMIT_DATA)[0] >> 20) - 64}MB",)]
"""
PROCESSORS = """
import os
OutputDataSet = [("-".join(str(number) for number in sorted(os.sched_getaffinity(0))),)]
"""
# Scripts that show what binds them, or fail by it.
PROBES = {
    "enabled": "OutputDataSet = [('on',)]",
    "network": NETWORK,
    "allow_exec": PROGRAMS,
    "memory_limit": MEMORY,
    "cpu_affinity": PROCESSORS,
    "max_processes": FORKS,
    "script_timeout": SLEEP,
    "pool": "pass",
}
# What such a failure says.
SAYS = {
    "enabled": (r"external scripts are disabled", lambda _: "off"),
    "script_timeout": (r"script_timeout \((\d)000 ms\)", lambda found: f"{found[1]}s"),
    "pool": (r'pool "(\w+)" does not exist', lambda found: found[1]),
}
ROWS = [[cell.strip("`") for cell in row] for row in table("whose_limits")]


@pytest.fixture(scope="module")
def served():
    made = Cluster()
    made.execute(
        """CREATE ROLE caller LOGIN;
        CREATE ROLE owner LOGIN;
        CREATE ROLE chief SUPERUSER;
        GRANT owner TO caller;
        GRANT EXECUTE ON FUNCTION execute_external_script TO caller, owner;
        GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO caller, owner;
        GRANT CREATE ON SCHEMA public TO owner;
        CREATE FUNCTION ceiling(name text) RETURNS text LANGUAGE sql
          AS 'SELECT s.ceiling FROM launchpad.settings s WHERE s.name = $1';
        CREATE FUNCTION run(script text) RETURNS text LANGUAGE sql
          AS 'SELECT a FROM execute_external_script(''Python'', $1) AS t(a text)';
        CREATE FUNCTION as_owner(sql text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
          AS 'DECLARE r text; BEGIN EXECUTE sql INTO r; RETURN r; END';
        ALTER FUNCTION as_owner OWNER TO owner;
        CREATE FUNCTION as_chief(sql text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
          AS 'DECLARE r text; BEGIN EXECUTE sql INTO r; RETURN r; END';
        ALTER FUNCTION as_chief OWNER TO chief"""
    )
    yield made
    made.remove()


@pytest.fixture
def stored(served):
    """Stores a value for a role, until the end of the test."""

    def store(role: str, name: str, value: str):
        served.execute(f"ALTER ROLE {role} SET {name} = '{value}'")

    yield store
    for role in ("caller", "owner", "chief"):
        served.execute(f"ALTER ROLE {role} RESET ALL")


def seen(session: psycopg.Connection, call: str, name: str) -> str:
    """What a call of the script that shows it runs by."""
    short = name.removeprefix("launchpad.")
    query = f"SELECT run($s${PROBES[short]}$s$)"
    try:
        (result,) = session.execute(call.format(query)).fetchone()
        return result
    except psycopg.Error as error:
        pattern, value = SAYS[short]
        found = re.search(pattern, error.diag.message_primary)
        assert found, error
        return value(found)


@pytest.mark.parametrize("row", ROWS, ids=["-".join(row) for row in ROWS])
def test_the_table(served, stored, row):
    name, sessions, users, clause, expected = row
    if name == "launchpad.cpu_affinity" and not {0, 1} <= os.sched_getaffinity(0):
        pytest.skip("it takes the processors 0 and 1")
    definer = "chief" if clause else "owner"
    if sessions:
        stored("caller", name, sessions)
    if users:
        stored(definer, name, users)
    within = f"SELECT as_{definer}($x${{}}$x$)"
    if clause:
        served.execute(f"ALTER FUNCTION as_chief SET {name} = '{clause}'")
    try:
        with served.connect(user="caller") as session:
            check(session, within, name, expected)
            if not clause:
                # The same after SET ROLE
                session.execute("SET ROLE owner")
                check(session, "{}", name, expected)
    finally:
        served.execute("ALTER FUNCTION as_chief RESET ALL")


def check(session: psycopg.Connection, call: str, name: str, expected: str):
    if name != "launchpad.pool":
        (ceiling,) = session.execute(call.format(f"SELECT ceiling('{name}')")).fetchone()
        assert ceiling == expected
    if name.removeprefix("launchpad.") in PROBES:
        assert seen(session, call, name) == expected


def test_every_limit_has_a_row(served):
    limits = served.execute("SELECT name FROM launchpad.settings WHERE ceiling IS NOT NULL")
    assert {name for (name,) in limits} | {"launchpad.pool"} == {row[0] for row in ROWS}


def test_the_configuration_is_what_a_role_has_that_has_nothing_stored(served, stored):
    """Also where it changes in the middle of a session that has a value of its own stored."""
    stored("caller", "launchpad.memory_limit", "700MB")
    stored("caller", "launchpad.network", "host")

    def configure(value: str):
        served.execute(f"ALTER SYSTEM SET launchpad.memory_limit = '{value}'")
        served.execute("SELECT pg_reload_conf()")

    try:
        with served.connect(user="caller") as session:

            def binds(value: str) -> bool:
                query = "SELECT as_owner($$SELECT ceiling('launchpad.memory_limit')$$)"
                return session.execute(query).fetchone() == (value,)

            for value in ("300MB", "200MB", "600MB"):
                configure(value)
                wait_until(lambda value=value: binds(value), what=f"{value} binds")
                name = "launchpad.memory_limit"
                assert seen(session, "SELECT as_owner($x${}$x$)", name) == value
                assert seen(session, "{}", name) == "700MB"
            # What is stored counts from the next call on.
            stored("owner", "launchpad.memory_limit", "250MB")
            assert binds("250MB")
    finally:
        served.execute("ALTER SYSTEM RESET ALL")
        served.execute("SELECT pg_reload_conf()")


def test_a_stored_value_that_does_not_fit_is_passed_over(served, stored):
    """Such as one that was stored where the library was not loaded."""
    stored("owner", "launchpad.memory_limit", "300MB")
    served.execute(
        """UPDATE pg_db_role_setting SET setconfig = '{launchpad.memory_limit=much,nonsense}'
           WHERE setrole = 'owner'::regrole"""
    )
    with served.connect(user="caller") as session:
        (bound,) = session.execute(
            "SELECT as_owner($$SELECT ceiling('launchpad.memory_limit')$$)"
        ).fetchone()
    assert bound == served.setting("launchpad.memory_limit")


def test_share_and_turn_are_the_sessions(served, stored):
    """Whose functions a role calls does not matter."""
    stored("caller", "launchpad.max_satellites_per_role", "1")
    direct = RunningCall(served, SLEEP, user="caller")
    direct.wait_for("running")
    lent = RunningCall(served, SLEEP, within="SELECT as_owner($x${}$x$)", user="caller")
    line = lent.wait_for("queued")
    assert (line["role"], line["wait_reason"]) == ("caller", "max_satellites_per_role")
    # The owner's own share is untouched.
    with served.connect(user="owner") as own:
        assert own.execute(statement("OutputDataSet = [(1,)]")).fetchone() == (1,)
    # The caller may cancel what it has begun, in the owner's name too.
    with served.connect(user="caller") as other:
        assert other.execute("SELECT launchpad.cancel(%s)", [line["request"]]).fetchone() == (True,)
    assert lent.error(5).sqlstate == "57014"
    direct.connection.cancel()
    assert direct.error(5).sqlstate == "57014"


def test_the_owner_does_not_cancel_what_others_call(served):
    call = RunningCall(served, SLEEP, within="SELECT as_owner($x${}$x$)")
    line = call.wait_for("running")
    assert line["role"] == served.user
    with (
        served.connect(user="owner") as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        owner.execute("SELECT launchpad.cancel(%s)", [line["request"]])
    call.connection.cancel()
    assert call.error(5).sqlstate == "57014"

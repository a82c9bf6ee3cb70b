"""Limits and their ceilings where sessions begin, and where a reload changes them.

What one session shows is in pg_regress/sql/settings.sql.
"""

import psycopg
import pytest

from calls import SLEEP, statement
from cluster import Cluster, wait_until

LIMITS = [
    "allow_exec",
    "cpu_affinity",
    "cpu_limit",
    "enabled",
    "max_call_depth",
    "max_output",
    "max_processes",
    "max_result_size",
    "max_satellites_per_role",
    "memory_limit",
    "network",
    "queue_timeout",
    "script_timeout",
    "tmp_limit",
]
# 300 MB that are used, not only asked for.
LARGE = "OutputDataSet = [(len(b'x' * (300 << 20)) >> 20,)]"
THREADS = """
import threading
for _ in range(70):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
"""
FORKS = """
import os, time
for _ in range(70):
    if os.fork() == 0:
        time.sleep(1e9)
"""
R_FORKS = "for (i in 1:70) parallel::mcparallel(Sys.sleep(1e9))"


@pytest.fixture(scope="module")
def served():
    """A cluster with an ordinary role, `visitor`."""
    made = Cluster()
    made.execute("CREATE ROLE visitor LOGIN")
    made.let_run("visitor")
    yield made
    made.remove()


@pytest.fixture
def visit(served):
    """Sessions of the visitor's, closed afterwards; what is configured goes with them."""
    opened = []

    def visit(**options) -> psycopg.Connection:
        opened.append(served.connect(user="visitor", **options))
        return opened[-1]

    yield visit
    for each in opened:
        each.close()
    served.execute("ALTER SYSTEM RESET ALL")
    served.execute("ALTER ROLE visitor RESET ALL")
    served.execute("SELECT pg_reload_conf()")


def show(session: psycopg.Connection, name: str) -> str:
    return session.execute(f"SHOW launchpad.{name}").fetchone()[0]


def configure(served: Cluster, session: psycopg.Connection, name: str, value: str):
    """Changes the configuration file, and waits until the session has read it."""
    served.execute(f"ALTER SYSTEM SET launchpad.{name} = '{value}'")
    served.execute("SELECT pg_reload_conf()")

    query = "SELECT reset_val FROM pg_settings WHERE name = %s"
    whole_name = (f"launchpad.{name}",)
    with served.connect() as fresh:
        wait_until(lambda: show(fresh, name) == value, what=f"{name} = {value}")
        expected = fresh.execute(query, whole_name).fetchone()
    wait_until(lambda: session.execute(query, whole_name).fetchone() == expected)


def test_what_a_role_is_given_is_its_ceiling(served, visit):
    served.execute("ALTER ROLE visitor SET launchpad.tmp_limit = '1GB'")
    served.execute("ALTER ROLE visitor SET launchpad.script_timeout = '10s'")
    session = visit()
    assert show(session, "tmp_limit") == "1GB"
    session.execute("SET launchpad.tmp_limit = '900MB'")
    session.execute("SET launchpad.tmp_limit = '1GB'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="above 1GB"):
        session.execute("SET launchpad.tmp_limit = '1025MB'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="above 10s"):
        session.execute("SET launchpad.script_timeout = 0")
    # Not its own to remove, neither for now nor for its next session
    session.execute("RESET ALL")
    assert show(session, "script_timeout") == "10s"
    session.execute("ALTER ROLE visitor RESET ALL")
    assert show(visit(), "script_timeout") == "10s"


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_is_one(served, visit, name):
    """Not a superuser's to set, and not in the startup packet."""
    ((value, context),) = served.execute(
        f"SELECT setting, context FROM pg_settings WHERE name = 'launchpad.{name}'"
    )
    assert context == "user"
    visit().execute(f"SET launchpad.{name} = '{value}'")
    with pytest.raises(psycopg.OperationalError, match="permission denied to set parameter"):
        visit(options=f"-c launchpad.{name}={value}")
    with served.connect(options=f"-c launchpad.{name}={value}") as superuser:
        assert show(superuser, name) == served.setting(f"launchpad.{name}")


def test_the_startup_packet_of_who_has_the_privilege(served, visit):
    served.execute("GRANT SET ON PARAMETER launchpad.tmp_limit TO visitor")
    try:
        session = visit(options="-c launchpad.tmp_limit=2GB")
    finally:
        served.execute("REVOKE SET ON PARAMETER launchpad.tmp_limit FROM visitor")
    session.execute("SET launchpad.tmp_limit = '1GB'")
    session.execute("RESET launchpad.tmp_limit")
    assert show(session, "tmp_limit") == "2GB"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="above 2GB"):
        session.execute("SET launchpad.tmp_limit = '3GB'")


def test_a_reload_that_lowers_a_ceiling(served, visit):
    """Who has tightened less than that is bound by it, whatever SHOW says."""
    session = visit()
    session.execute("SET launchpad.script_timeout = '1min'")
    session.execute("SET launchpad.memory_limit = '500MB'")
    assert session.execute(statement(LARGE)).fetchone() == (300,)
    configure(served, session, "script_timeout", "500ms")
    configure(served, session, "memory_limit", "256MB")
    assert show(session, "script_timeout") == "1min"
    with pytest.raises(psycopg.errors.QueryCanceled, match=r"script_timeout \(500 ms\)"):
        session.execute(statement(SLEEP))
    with pytest.raises(psycopg.errors.OutOfMemory) as error:
        session.execute(statement(LARGE))
    assert error.value.diag.message_hint == "launchpad.memory_limit is 256 MB."
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="above 500ms"):
        session.execute("SET launchpad.script_timeout = '501ms'")
    session.execute("SET launchpad.script_timeout = '499ms'")
    with pytest.raises(psycopg.errors.QueryCanceled, match=r"script_timeout \(499 ms\)"):
        session.execute(statement(SLEEP))
    # And one that raises it lets the session as far again.
    configure(served, session, "memory_limit", "1GB")
    session.execute("SET launchpad.memory_limit = '700MB'")
    session.execute("SET launchpad.script_timeout = '400ms'")
    configure(served, session, "script_timeout", "0")
    session.execute("SET launchpad.script_timeout = 0")
    assert session.execute(statement(LARGE)).fetchone() == (300,)


def test_a_reload_and_what_a_superuser_has_set(served, visit):
    with served.connect() as session:
        session.execute("SET launchpad.script_timeout = '2s'")
        configure(served, session, "script_timeout", "300ms")
        with pytest.raises(psycopg.errors.QueryCanceled, match=r"script_timeout \(2000 ms\)"):
            session.execute(statement(SLEEP))
        # Another role that the session sets has its own limits, too.
        session.execute("SET ROLE visitor")
        with pytest.raises(psycopg.errors.QueryCanceled, match=r"script_timeout \(300 ms\)"):
            session.execute(statement(SLEEP))
        session.execute("RESET ROLE")
        session.execute("SET launchpad.script_timeout = '1s'")
        with pytest.raises(psycopg.errors.QueryCanceled, match=r"script_timeout \(1000 ms\)"):
            session.execute(statement(SLEEP))
        session.execute("RESET launchpad.script_timeout")
        with pytest.raises(psycopg.errors.QueryCanceled, match=r"script_timeout \(300 ms\)"):
            session.execute(statement(SLEEP))


def test_the_default_of_memory_comes_back(served, visit):
    session = visit()
    before = show(session, "memory_limit")
    configure(served, session, "memory_limit", "300MB")
    assert show(session, "memory_limit") == "300MB"
    served.execute("ALTER SYSTEM RESET launchpad.memory_limit")
    served.execute("SELECT pg_reload_conf()")
    wait_until(lambda: show(session, "memory_limit") == before)


def test_limits_where_queries_run_in_parallel(served, visit):
    """Workers take over the leader's values, whoever it is."""
    session = visit()
    session.execute("SET launchpad.tmp_limit = '8MB'")
    session.execute("SET launchpad.cpu_affinity = '0'")
    parallel_mode = (
        "force_parallel_mode" if session.info.server_version < 160000 else "debug_parallel_query"
    )
    session.execute(f"SET {parallel_mode} = on")
    assert session.execute("SELECT current_setting('launchpad.tmp_limit')").fetchone() == ("8MB",)
    session.execute("SET parallel_setup_cost = 0")
    (count,) = session.execute("SELECT count(*) FROM pg_class").fetchone()
    assert count > 0


@pytest.mark.parametrize(
    "language, script", [("Python", THREADS), ("Python", FORKS), ("R", R_FORKS)]
)
def test_too_many_processes(served, visit, language, script):
    with pytest.raises(psycopg.errors.ConfigurationLimitExceeded) as error:
        visit().execute(statement(script, language=language))
    hint = error.value.diag.message_hint
    assert hint == "launchpad.max_processes, which counts processes and threads, is 64."

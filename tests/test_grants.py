"""What PostgreSQL 16 and 17 changed about grants: whose rights a member has, and who maintains."""

from collections.abc import Iterator

import psycopg
import pytest

from calls import SLEEP, RunningCall, failing, statement, works
from cluster import Cluster
from places import major, places

VERSION = major(places("PG_CONFIG")["PG_CONFIG"])
CALL = statement("OutputDataSet = [(1,)]")


@pytest.fixture(scope="module")
def roles() -> Iterator[Cluster]:
    """`analyst` may run scripts; so may `heir` and `guest`, who are members of it, with and without
    its rights; `admin` may create roles, and made `made`."""
    if VERSION < 16:
        pytest.skip("PostgreSQL 16 is the first that has GRANT … WITH INHERIT")
    cluster = Cluster()
    for role in ("analyst", "heir", "guest", "watcher", "admin CREATEROLE"):
        cluster.execute(f"CREATE ROLE {role} LOGIN")
    cluster.let_run("analyst")
    cluster.execute("GRANT analyst TO heir WITH INHERIT TRUE, SET FALSE")
    cluster.execute("GRANT analyst TO guest WITH INHERIT FALSE, SET TRUE")
    cluster.execute("CREATE ROLE made LOGIN", user="admin")
    yield cluster
    cluster.remove()


def test_rights_are_those_that_are_inherited(roles):
    assert roles.execute(CALL, user="heir") == [(1,)]
    assert failing(roles, CALL, user="guest").sqlstate == "42501"
    with roles.connect(user="guest") as session:
        session.execute("SET ROLE analyst")
        assert session.execute(CALL).fetchall() == [(1,)]


def test_who_sees_and_ends_a_call(roles):
    """A member without the rights does neither, of the role's or of all sessions."""
    roles.execute("GRANT pg_read_all_stats, pg_signal_backend TO watcher WITH INHERIT FALSE")
    call = RunningCall(roles, SLEEP, user="analyst")
    line = call.wait_for("running")
    seen = f"SELECT state FROM launchpad.satellites WHERE pid = {call.pid}"
    cancel = f"SELECT launchpad.cancel({line['request']})"
    for member in ("guest", "watcher"):
        assert roles.execute(seen, user=member) == [("<insufficient privilege>",)]
        assert failing(roles, cancel, user=member).sqlstate == "42501"
    assert call.is_alive()
    assert roles.execute(seen, user="heir") == [("running",)]
    with roles.connect(user="watcher") as session:
        session.execute("SET ROLE pg_read_all_stats")
        assert session.execute(seen).fetchall() == [("running",)]
    assert roles.execute(cancel, user="heir") == [(True,)]
    assert call.error().sqlstate == "57014"


def test_who_makes_roles_does_not_make_limits(roles):
    """CREATEROLE gives its holder all rights over the roles that it makes, and not over these."""
    setting = "ALTER ROLE made SET launchpad.memory_limit = '{}'"
    assert failing(roles, setting.format("900GB"), user="admin").sqlstate == "42501"
    roles.execute("ALTER ROLE made SET launchpad.memory_limit = '300MB'")
    for limit in ("400MB", "-1"):
        with pytest.raises(psycopg.Error) as caught:
            roles.execute(setting.format(limit), user="admin")
        assert caught.value.sqlstate in ("42501", "22023")
    assert roles.execute("SHOW launchpad.memory_limit", user="made") == [("300MB",)]


@pytest.mark.parametrize("right", ["MAINTAIN ON scores TO {}", "pg_maintain TO {}"])
def test_who_maintains_runs_no_script_of_the_owner(roles, right):
    """A materialized view's query runs with its owner's rights, whoever refreshes it."""
    if VERSION < 17:
        pytest.skip("PostgreSQL 17 is the first that has MAINTAIN")
    roles.execute("GRANT CREATE ON SCHEMA public TO analyst")
    roles.execute(f"CREATE MATERIALIZED VIEW scores AS {CALL}", user="analyst")
    roles.execute("GRANT " + right.format("watcher"))
    refresh = "REFRESH MATERIALIZED VIEW scores"
    caught = failing(roles, refresh, user="watcher")
    assert caught.sqlstate == "42501"
    assert caught.diag.message_primary.startswith("permission denied to run a script")
    roles.execute(refresh, user="analyst")
    assert roles.execute("SELECT a FROM scores", user="analyst") == [(1,)]
    assert works(roles)
    roles.execute("DROP MATERIALIZED VIEW scores")

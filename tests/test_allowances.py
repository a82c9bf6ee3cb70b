"""What a role's scripts may do decides which satellite serves its calls."""

import psycopg
import pytest

from calls import SLEEP, RunningCall, statement, works
from cluster import wait_until


def warm(cluster) -> set[int]:
    return {line["satellite_pid"] for line in cluster.satellites() if line["state"] == "warm"}


def all_warm(cluster, count: int) -> set[int]:
    return wait_until(lambda: len(found := warm(cluster)) == count and found, 20, "warm ones")


def served_by(cluster, **options) -> int:
    """The satellite that a call is given, which then is cancelled."""
    call = RunningCall(cluster, SLEEP, **options)
    satellite = call.wait_for("running")["satellite_pid"]
    call.connection.cancel()
    call.ended()
    return satellite


@pytest.fixture
def cluster_of_two(own_cluster):
    """Only one warm satellite each, so that none is used up unseen."""
    return own_cluster("launchpad.warm_satellites=1")


RIGHTS = ["launchpad.allow_exec = on", "launchpad.network = host"]
SETTINGS = [*RIGHTS, "launchpad.tmp_limit = '512MB'", "launchpad.log_refused_calls = on"]


def test_warm_ones_serve_no_other_call(cluster_of_two):
    cluster = cluster_of_two
    before = all_warm(cluster, 2)
    for setting in SETTINGS:
        assert served_by(cluster, setup=f"SET {setting}") not in before
    # They are still there, and serve who asks for no more.
    assert warm(cluster) == before
    assert served_by(cluster) in before


def test_a_satellite_for_a_call_that_is_cancelled_is_ended(cluster_of_two):
    cluster = cluster_of_two
    before = all_warm(cluster, 2)
    for _ in range(5):
        with cluster.connect() as connection:
            connection.execute("SET launchpad.allow_exec = on; SET statement_timeout = '20ms'")
            with pytest.raises(psycopg.errors.QueryCanceled):
                connection.execute(statement(SLEEP))
    wait_until(lambda: len(cluster.satellites()) == 2, 20, "nothing but the warm ones")
    assert warm(cluster) == before


def test_a_superuser_sets_it_for_a_role(cluster_of_two):
    cluster = cluster_of_two
    cluster.execute("CREATE ROLE builder LOGIN")
    cluster.let_run("builder")
    cluster.execute("ALTER ROLE builder SET launchpad.allow_exec = on")
    cluster.execute("ALTER ROLE builder SET launchpad.network = 'host'")
    with cluster.connect(user="builder") as connection:
        for setting in SETTINGS:
            if setting in RIGHTS:
                connection.execute(f"SET {setting}")
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET {setting}")
        shown = connection.execute(
            "SELECT current_setting('launchpad.allow_exec'), current_setting('launchpad.network')"
        ).fetchone()
        assert shown == ("on", "host")
        assert connection.execute(statement("OutputDataSet = [(1,)]")).fetchall() == [(1,)]
    before = all_warm(cluster, 2)
    assert served_by(cluster, user="builder") not in before


def test_a_reload_replaces_the_warm_ones(cluster_of_two):
    cluster = cluster_of_two
    for setting in [
        "launchpad.network = 'host'",
        "launchpad.readable_paths = '/srv/models, /srv/maps'",
        "launchpad.worker_uids = 'off'",
    ]:
        before = all_warm(cluster, 2)
        cluster.execute(f"ALTER SYSTEM SET {setting}")
        cluster.execute("SELECT pg_reload_conf()")
        wait_until(lambda: len(now := warm(cluster)) == 2 and not now & before, 20, setting)  # noqa: B023
    # The warm ones are now for who may use the network.
    before = warm(cluster)
    assert served_by(cluster) in before


def test_a_wrong_list_of_folders_changes_nothing(cluster_of_two):
    cluster = cluster_of_two
    before = all_warm(cluster, 2)
    with (cluster.data / "postgresql.conf").open("a") as file:
        file.write("launchpad.readable_paths = '/srv/../etc'\n")
    cluster.execute("SELECT pg_reload_conf()")
    message = 'invalid value for parameter "launchpad.readable_paths": "/srv/../etc"'
    wait_until(lambda: message in cluster.log.read_text(), 10, "a line in the log")
    assert cluster.setting("launchpad.readable_paths") == ""
    assert warm(cluster) == before
    assert works(cluster)


def test_programs_need_namespaces(own_cluster):
    cluster = own_cluster("launchpad.sandbox=container")
    with cluster.connect() as connection:
        connection.execute("SET launchpad.allow_exec = on")
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as caught:
            connection.execute(statement("pass"))
    said = caught.value.diag
    for setting in ["launchpad.allow_exec", "launchpad.sandbox"]:
        assert setting in said.message_hint
    assert {line["request"] for line in cluster.satellites()} <= {None}


def test_one_is_kept_for_the_next_such_call(own_cluster):
    cluster = own_cluster("launchpad.warm_satellites=1", "launchpad.keep_warm=1min")
    starts = "SELECT cold_starts, warm_starts FROM launchpad.stats"
    with cluster.connect() as connection:
        connection.execute("SET launchpad.tmp_limit = '64MB'")
        connection.execute(statement("OutputDataSet = [[1]]"))
        assert cluster.execute(starts) == [(1, 0)]
        wait_until(
            lambda: warm_ones(cluster) == 3, 10, "one of each language, and one for this kind"
        )
        connection.execute(statement("OutputDataSet = [[1]]"))
        assert cluster.execute(starts) == [(1, 1)]
    cluster.execute("ALTER SYSTEM SET launchpad.keep_warm = '100ms'")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: warm_ones(cluster) == 2, 10, "it has waited long enough")


def warm_ones(cluster) -> int:
    return sum(line["state"] == "warm" for line in cluster.satellites())

"""More calls than satellites: they wait in turn, time out with a reason, and lose no slot."""

import psycopg
import pytest

from calls import SLEEP, RunningCall, statement, works
from cluster import wait_until


def test_queue_timeout(own_cluster):
    cluster = own_cluster("launchpad.max_satellites=1")
    first = RunningCall(cluster, SLEEP)
    first.wait_for("running")
    second = RunningCall(cluster, SLEEP, setup="SET launchpad.queue_timeout = '200ms'")
    error = second.error()
    assert error.sqlstate == "53300"
    assert "launchpad.max_satellites" in error.diag.message_hint
    first.connection.cancel()
    assert isinstance(first.ended(), psycopg.errors.QueryCanceled)
    assert works(cluster)


def test_many_calls_on_few_satellites(own_cluster):
    cluster = own_cluster("launchpad.max_satellites=2", "launchpad.warm_satellites=1")
    calls = [RunningCall(cluster, f"OutputDataSet = [({number},)]") for number in range(20)]
    assert [call.ended(60) for call in calls] == [[(number,)] for number in range(20)]
    assert works(cluster)


def test_the_view_names_what_runs(cluster, no_leaks):
    call = RunningCall(cluster, SLEEP)
    line = call.wait_for("running")
    assert line["request"] > 0
    assert (line["database"], line["role"]) == ("postgres", cluster.user)
    assert line["language"] == "Python"
    assert line["since"] is not None
    call.connection.cancel()
    call.ended()


def test_a_query_that_may_not_run_costs_no_satellite(own_cluster):
    """Errors of parsing, planning and permissions come before a satellite is used."""
    cluster = own_cluster()
    wait_until(lambda: len(warm(cluster)) == 4, 10, "two satellites of each language are warm")
    before = warm(cluster)
    cluster.execute("CREATE TABLE secret AS SELECT 1 AS a")
    cluster.execute("CREATE ROLE analyst LOGIN")
    cluster.let_run("analyst")
    cases = [
        ("SELEC 1 AS a", "42601", {}),
        ("SELECT nope FROM secret", "42703", {}),
        ("SELECT 1 / 0 AS a", "22012", {}),  # folded while planning
        ("TABLE secret", "42501", {"user": "analyst"}),
    ]
    for query, sqlstate, options in cases:
        with pytest.raises(psycopg.Error) as caught:
            cluster.execute(statement("pass", query), **options)
        assert caught.value.sqlstate == sqlstate, query
    assert warm(cluster) == before


def warm(cluster) -> set[int]:
    return {line["satellite_pid"] for line in cluster.satellites() if line["state"] == "warm"}

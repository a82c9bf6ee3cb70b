"""More calls than satellites: they wait in turn, time out with a reason, and lose no slot."""

import psycopg

from calls import SLEEP, RunningCall, works


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

"""More calls than satellites: they wait in turn, time out with a reason, and lose no slot. Calls
inside of calls do not wait for each other, and no role can keep the others out."""

import threading
import time

import psycopg
import pytest

from calls import BUSY, SERVED, SLEEP, RunningCall, statement, works
from cluster import Cluster, wait_until

# A call whose input query makes another one.
INSIDE = statement(
    "OutputDataSet = InputDataSet[['a']]",
    "SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int)",
)


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


@pytest.mark.parametrize("warm", [0, 2])
def test_calls_inside_of_calls_never_wait_for_each_other(own_cluster, warm):
    """Eight clients on four satellites: all calls end, none by the queue's timeout."""
    cluster = own_cluster(
        "launchpad.max_satellites=4",
        "launchpad.max_satellites_per_role=0",
        f"launchpad.warm_satellites={warm}",
    )
    outcomes = []

    def client():
        with cluster.connect() as connection:
            for _ in range(5):
                try:
                    outcomes.append(connection.execute(INSIDE).fetchall())
                except psycopg.errors.TooManyConnections as error:
                    assert "inside another call" in error.diag.message_primary
                    assert "launchpad.max_satellites" in error.diag.message_hint
                    outcomes.append("refused")

    began = time.monotonic()
    clients = [threading.Thread(target=client) for _ in range(8)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    # Nobody's queue_timeout has helped.
    assert time.monotonic() - began < 50
    assert len(outcomes) == 40
    served = outcomes.count([(1,)])
    assert served + outcomes.count("refused") == 40
    assert served > 0
    with cluster.connect() as connection:
        # Alone on four satellites it is always served, also right after another.
        for _ in range(10):
            assert connection.execute(INSIDE).fetchall() == [(1,)]


def sleeping(connection: psycopg.Connection):
    connection.pgconn.send_query(statement(SLEEP).encode())


def in_the_query(connection: psycopg.Connection):
    connection.pgconn.send_query(statement("pass", BUSY).encode())


def recursive(connection: psycopg.Connection):
    connection.execute(
        """CREATE FUNCTION pg_temp.deep() RETURNS int LANGUAGE plpgsql AS $do$ BEGIN
            PERFORM * FROM execute_external_script('Python', 'pass', 'SELECT pg_temp.deep() AS a')
                AS t(a int);
            RETURN 1;
        EXCEPTION WHEN OTHERS THEN
            LOOP
                PERFORM pg_sleep(1000);
            END LOOP;
        END $do$"""
    )
    connection.pgconn.send_query(b"SELECT pg_temp.deep()")


def deaf(connection: psycopg.Connection):
    """Never reads what the script prints."""
    script = "for i in range(900): print('x' * 1000)\n" + SLEEP
    connection.pgconn.send_query(statement(script).encode())


def idle(connection: psycopg.Connection):
    """Holds none: the rows of an open cursor are all there."""
    connection.execute("BEGIN")
    query = statement("OutputDataSet = [[1], [2]]")
    connection.execute(f"DECLARE c CURSOR FOR {query}")
    connection.pgconn.send_query(b"FETCH c")


GREED = [sleeping, in_the_query, recursive, deaf, idle]


@pytest.fixture(scope="module")
def greedy():
    """A cluster with the usual limits, and two roles."""
    made = Cluster("launchpad.max_satellites=4", "max_connections=60", "launchpad.r=")
    for role in ("greedy", "modest"):
        made.execute(f"CREATE ROLE {role} LOGIN")
        made.let_run(role)
    yield made
    made.remove()


@pytest.mark.parametrize("how", GREED, ids=lambda how: how.__name__)
def test_a_role_cannot_keep_another_out(greedy, how):
    connections = [greedy.connect(user="greedy") for _ in range(12)]
    try:
        for connection in connections:
            how(connection)

        def taken() -> int:
            states = [line["state"] for line in greedy.satellites() if line["role"] == "greedy"]
            return sum(state in SERVED for state in states)

        if how is not idle:
            wait_until(lambda: taken() == 3, 20, "all but one satellite")
        for _ in range(3):
            assert greedy.execute(statement("OutputDataSet = [[7]]"), user="modest") == [(7,)]
        # The last call of the idle may just be ending.
        wait_until(lambda: taken() == (0 if how is idle else 3), 5)
    finally:
        pids = [connection.info.backend_pid for connection in connections]
        for connection in connections:
            connection.close()
        greedy.execute(f"SELECT pg_terminate_backend(pid) FROM unnest(ARRAY{pids}) AS t(pid)")
    wait_until(lambda: not any(line["request"] for line in greedy.satellites()), 10)


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

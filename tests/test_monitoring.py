"""What is told of calls while they run and afterwards: live view, statistics, log."""

import time
from subprocess import run

import pytest
from psycopg.rows import dict_row

from call_log import fingerprint, line_of, lines, records, request_of
from calls import BUSY, SLEEP, RunningCall, failing, statement, works
from cluster import Cluster, wait_until

# Rows come a hundredth of a second apart; some fifty fill a batch.
SLOW_QUERY = (
    "SELECT g AS a, repeat('x', 20000) || pg_sleep(0.01) AS b FROM generate_series(1, 100000) g"
)
FIELDS = (
    "request language environment session_role role database pool script outcome sqlstate start "
    "prepare_ms queue_ms send_ms run_ms receive_ms total_ms cpu_user_ms cpu_system_ms "
    "rows_in bytes_in rows_out bytes_out peak_memory_kb"
).split()


def wait_until_written(cluster: Cluster) -> list[dict[str, str]]:
    """The lines about all calls that have been counted: the log is written by another process."""
    (calls,) = cluster.execute("SELECT coalesce(sum(calls), 0) FROM launchpad.stats")[0]
    return wait_until(lambda: len(found := lines(cluster)) == calls and found)


def test_a_call_is_seen_through_its_states(cluster, no_leaks):
    call = RunningCall(cluster, "import time\nOutputDataSet = InputDataSet[['a']]", SLOW_QUERY)
    sending = call.wait_for("sending")
    assert sending["application"] == "tests"
    assert sending["pool"] == "default"
    later = wait_until(lambda: (line := call.wait_for("sending"))["rows_in"] > 0 and line, 60)
    assert later["bytes_in"] > 0
    assert later["request"] == sending["request"]
    call.connection.cancel()
    call.error()

    burnt = "import time\nwhile time.process_time() < 0.1: pass\n"
    call = RunningCall(cluster, burnt + SLEEP, "SELECT g AS a FROM generate_series(1, 1000) g")
    running = call.wait_for("running")
    # In ticks of the kernel's clock.
    line = wait_until(lambda: ((line := call.wait_for("running"))["cpu_ms"] or 0) > 0 and line)
    assert (line["rows_in"], line["rows_out"]) == (1000, 0)
    assert line["since"] >= running["since"]
    assert line["memory"] > 1 << 20
    assert line["wait_reason"] is None
    waits = f"SELECT wait_event_type, wait_event FROM pg_stat_activity WHERE pid = {call.pid}"
    event = "Launchpad" if cluster.version() >= 17 else "Extension"
    wait_until(lambda: cluster.execute(waits) == [("Extension", event)], 5, event)
    call.connection.cancel()
    call.error()


def test_rows_that_come_back_are_counted_as_they_come(cluster, no_leaks):
    # Each of so many texts is cast to the declared integer.
    call = RunningCall(
        cluster,
        "OutputDataSet = pandas.DataFrame({'a': ['1'] * 10_000_000})",
        setup="SET work_mem = '1GB'",
    )
    line = call.wait_for("returning")
    assert line["bytes_out"] > 0
    call.connection.cancel()
    call.error()


def test_queued_calls_say_what_they_wait_for(own_cluster):
    cluster = own_cluster("launchpad.max_satellites=2")
    cluster.execute("CREATE ROLE analyst LOGIN")
    cluster.execute("ALTER ROLE analyst SET launchpad.max_satellites_per_role = 1")
    cluster.let_run("analyst")
    cluster.execute("SELECT launchpad.create_pool('narrow', max_satellites => 1)")
    calls = [RunningCall(cluster, SLEEP, user="analyst")]
    calls[0].wait_for("running")
    calls.append(RunningCall(cluster, SLEEP, user="analyst"))
    assert calls[1].wait_for("queued")["wait_reason"] == "max_satellites_per_role"
    calls.append(RunningCall(cluster, SLEEP, setup="SET launchpad.pool = 'narrow'"))
    calls[2].wait_for("running")
    calls.append(RunningCall(cluster, SLEEP, setup="SET launchpad.pool = 'narrow'"))
    calls.append(RunningCall(cluster, SLEEP))
    # All slots are taken by now.
    assert calls[4].wait_for("queued")["wait_reason"] == "max_satellites"
    narrow = cluster.execute(
        "SELECT running, queued, peak_running, calls FROM launchpad.pools WHERE name = 'narrow'"
    )
    assert narrow == [(1, 1, 1, 1)]
    for call in calls:
        call.connection.cancel()
    for call in calls:
        assert call.error().sqlstate == "57014"
    assert works(cluster)


def test_another_roles_call_is_there_and_no_more(cluster, no_leaks):
    cluster.execute("CREATE ROLE curious LOGIN")
    call = RunningCall(cluster, SLEEP)
    call.wait_for("running")
    query = f"SELECT * FROM launchpad.satellites WHERE pid = {call.pid}"
    with cluster.connect(user="curious", row_factory=dict_row) as connection:
        line = connection.execute(query).fetchone()
    shown = {name: value for name, value in line.items() if value is not None}
    hidden = "<insufficient privilege>"
    assert shown.pop("request") > 0
    assert shown == {
        "pid": call.pid,
        "database": "postgres",
        "role": cluster.user,
        **dict.fromkeys(("application", "language", "pool", "state", "wait_reason"), hidden),
    }
    requests = "SELECT count(*) FROM launchpad.dm_external_script_requests"
    assert cluster.execute(requests) == [(1,)]
    call.connection.cancel()
    call.error()
    cluster.execute("DROP ROLE curious")


def test_each_call_has_a_line_that_can_be_read_by_machines(logging):
    logging.execute('CREATE ROLE "o\'hara & ""sons""" LOGIN')
    logging.let_run('"o\'hara & ""sons"""')
    query = "SELECT g AS a FROM generate_series(1, 5) g"
    logging.execute(statement("OutputDataSet = InputDataSet", query), user='o\'hara & "sons"')
    line = wait_until_written(logging)[-1]
    assert list(line) == FIELDS
    assert line["role"] == line["session_role"] == 'o\'hara & "sons"'
    assert line["environment"] == "python"
    assert logging.execute("SELECT " + fingerprint("OutputDataSet = InputDataSet")) == [
        (line["script"],)
    ]
    assert (line["language"], line["database"], line["pool"]) == ("Python", "postgres", "default")
    assert (line["outcome"], line["sqlstate"]) == ("ok", "00000")
    assert (line["rows_in"], line["rows_out"]) == ("5", "5")
    assert int(line["bytes_in"]) > 0 and int(line["bytes_out"]) > 0
    assert int(line["peak_memory_kb"]) > 1000
    phases = sum(
        float(line[f"{name}_ms"]) for name in ("prepare", "queue", "send", "run", "receive")
    )
    assert phases == pytest.approx(float(line["total_ms"]), abs=0.1)
    assert float(line["cpu_user_ms"]) + float(line["cpu_system_ms"]) > 0


# Statement, settings, the outcome that the line tells, SQLSTATE.
FAILURES = {
    "script": (statement("raise ValueError"), "", "script_error", "38000"),
    "R script": (statement("stop('x')", language="R"), "", "script_error", "38000"),
    "query": (
        statement("pass", "SELECT 1 / g AS a FROM generate_series(0, 1) g"),
        "",
        "input_error",
        "22012",
    ),
    "result": (statement("OutputDataSet = [['x']]"), "", "result_error", "22P02"),
    "killed": (statement("import os; os.kill(os.getpid(), 9)"), "", "died", "38000"),
    "memory": (statement("bytearray(1 << 50)"), "", "limit", "53200"),
    "script_timeout": (statement(SLEEP), "SET launchpad.script_timeout = 100", "timeout", "57014"),
    "statement_timeout": (statement(SLEEP), "SET statement_timeout = 100", "timeout", "57014"),
    "disabled": (statement("pass"), "SET launchpad.enabled = off", "refused", "55000"),
    "pool": (statement("pass"), "SET launchpad.pool = 'none'", "refused", "42704"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_log_and_error_meet_by_the_request(logging, failure):
    text, setup, outcome, sqlstate = FAILURES[failure]
    error = failing(logging, text, setup)
    assert error.sqlstate == sqlstate
    line = line_of(logging, request_of(error))
    assert (line["outcome"], line["sqlstate"]) == (outcome, sqlstate)
    # The error's own record in the log names it as well.
    context = f"request {line['request']}"
    assert wait_until(
        lambda: any(
            record["error_severity"] == "ERROR" and context in record.get("context", "")
            for record in records(logging)
        )
    )


@pytest.mark.parametrize("by", ["pg_cancel_backend({pid})", "launchpad.cancel({request})"])
@pytest.mark.parametrize("query", [None, BUSY], ids=["running", "executing"])
def test_a_cancelled_call_is_told_as_that(logging, by, query):
    call = RunningCall(logging, SLEEP, query)
    request = call.wait_for("running")["request"]
    logging.execute("SELECT " + by.format(pid=call.pid, request=request))
    error = call.error()
    assert (error.sqlstate, request_of(error)) == ("57014", str(request))
    line = line_of(logging, str(request))
    assert (line["outcome"], line["sqlstate"]) == ("cancelled", "57014")


def test_the_end_of_a_session_is_a_calls_end(logging):
    call = RunningCall(logging, SLEEP, user="analyst")
    request = str(call.wait_for("running")["request"])
    logging.execute(f"SELECT pg_terminate_backend({call.pid})")
    assert call.error().sqlstate == "57P01"
    assert line_of(logging, request)["outcome"] == "terminated"
    cancels = "SELECT calls, cancels FROM launchpad.stats WHERE role = 'analyst'"
    assert logging.execute(cancels) == [(1, 1)]
    wait_until(lambda: not any(line["request"] for line in logging.satellites()))


def test_calls_nest(logging):
    """The inner one, of the outer one's input query, has a record of its own."""
    inner = statement("OutputDataSet = [[7]]")
    logging.execute(f"CREATE FUNCTION inner_call() RETURNS SETOF int LANGUAGE sql AS $f${inner}$f$")
    outer = statement("OutputDataSet = InputDataSet", "SELECT inner_call() AS a")
    before = len(wait_until_written(logging))
    assert logging.execute(outer) == [(7,)]
    wait_until(lambda: len(lines(logging)) == before + 2)
    last = lines(logging)[-2:]
    assert int(last[0]["request"]) == int(last[1]["request"]) + 1
    assert [line["outcome"] for line in last] == ["ok", "ok"]


def test_short_calls_need_no_line(logging):
    before = len(lines(logging))
    for setting in ("-1", "'1h'"):
        with logging.connect() as connection:
            connection.execute(f"SET launchpad.log_min_duration = {setting}")
            connection.execute(statement("OutputDataSet = [[1]]"))
    time.sleep(0.2)
    assert len(lines(logging)) == before


def test_a_dump_brings_pools_and_rights_along(own_cluster, tmp_path):
    cluster = own_cluster()
    cluster.execute("CREATE ROLE analyst")
    cluster.execute(
        "SELECT launchpad.create_pool('batch', max_memory_percent => 30, cpu_affinity => '0')"
    )
    cluster.execute("SELECT launchpad.alter_pool('default', max_processes => 500)")
    cluster.execute("GRANT USAGE ON LANGUAGE launchpad_r TO analyst")
    cluster.execute("GRANT EXECUTE ON FUNCTION launchpad.create_pool TO analyst")
    cluster.execute("CREATE DATABASE other")
    address = ["--host", cluster.host, "--port", str(cluster.port), "--username", cluster.user]
    dump = tmp_path / "dump.sql"
    run([cluster.program("pg_dump"), *address, "--file", dump, "postgres"], check=True)
    restore = [
        cluster.program("psql"),
        *address,
        "--quiet",
        "-X",
        "-v",
        "ON_ERROR_STOP=1",
        "-f",
        dump,
    ]
    run([*restore, "other"], check=True)
    for query in [
        "SELECT * FROM launchpad.pool_definitions ORDER BY name",
        "SELECT lanacl::text FROM pg_language WHERE lanname LIKE 'launchpad%' ORDER BY lanname",
        "SELECT proacl::text FROM pg_proc WHERE proname = 'create_pool'",
    ]:
        assert cluster.execute(query) == cluster.execute(query, dbname="other"), query
    assert len(cluster.execute("TABLE launchpad.pool_definitions", dbname="other")) == 2


def test_the_view_can_be_read_while_nothing_answers(own_cluster):
    """No launchpad: an error each, not a wait for ever; statistics are the server's own."""
    cluster = own_cluster("launchpad.python=/nowhere/python", "launchpad.r=")
    states = cluster.execute("SELECT language, state FROM launchpad.environments ORDER BY 1")
    assert wait_until(
        lambda: (
            cluster.execute("SELECT language, state FROM launchpad.environments ORDER BY 1")
            == [("Python", "failed"), ("R", "not offered")]
        ),
        10,
    ), states
    error = failing(cluster, statement("pass"))
    assert error.sqlstate == "55000"
    assert cluster.execute("SELECT refusals FROM launchpad.stats") == [(1,)]

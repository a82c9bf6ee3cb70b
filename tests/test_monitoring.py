"""What is told of calls while they run and afterwards: live view, statistics, log."""

import json
import os
import re
import shlex
import signal
import time
from pathlib import Path
from subprocess import run

import psycopg
import pytest
from psycopg.rows import dict_row

from calls import BUSY, SLEEP, SPIN, RunningCall, statement, works
from cluster import Cluster, wait_until
from test_launchpad import launchpadd as pid_of_launchpadd

# Rows come a hundredth of a second apart; some fifty fill a batch.
SLOW_QUERY = (
    "SELECT g AS a, repeat('x', 20000) || pg_sleep(0.01) AS b FROM generate_series(1, 100000) g"
)
FIELDS = (
    "request language environment session_role role database pool script outcome sqlstate start "
    "prepare_ms queue_ms send_ms run_ms receive_ms total_ms cpu_user_ms cpu_system_ms "
    "rows_in bytes_in rows_out bytes_out peak_memory_kb"
).split()


def fingerprint(script: str) -> str:
    """SQL for what log and statistics call it, as the documentation has it."""
    return f"left(encode(sha256(convert_to($x${script}$x$, 'UTF8')), 'hex'), 16)"


@pytest.fixture(scope="module")
def logging() -> Cluster:
    """A cluster that writes a line for each call, and its log as JSON beside the text."""
    cluster = Cluster(
        "launchpad.log_min_duration=0",
        "logging_collector=on",
        "log_destination=jsonlog",
        "log_directory=log",
        "log_filename=server.log",
    )
    cluster.execute("CREATE ROLE analyst LOGIN")
    cluster.let_run("analyst")
    yield cluster
    cluster.remove()


def records(cluster: Cluster) -> list[dict]:
    """The server's log; a line that is still being written is left out."""
    lines = (cluster.data / "log" / "server.json").read_text().split("\n")
    return [json.loads(line) for line in lines[:-1]]


def lines(cluster: Cluster) -> list[dict[str, str]]:
    """The lines about calls, taken apart."""
    found = []
    for record in records(cluster):
        message = record.get("message", "")
        if message.startswith("launchpad call: "):
            words = shlex.split(message.removeprefix("launchpad call: "))
            found.append(dict(word.split("=", 1) for word in words))
    return found


def wait_until_written(cluster: Cluster) -> list[dict[str, str]]:
    """The lines about all calls that have been counted: the log is written by another process."""
    (calls,) = cluster.execute("SELECT coalesce(sum(calls), 0) FROM launchpad.stats")[0]
    return wait_until(lambda: len(found := lines(cluster)) == calls and found)


def line_of(cluster: Cluster, request: str) -> dict[str, str]:
    return wait_until(
        lambda: next((line for line in lines(cluster) if line["request"] == request), None)
    )


def request_of(error: psycopg.Error) -> str:
    return re.search(r"(?:Python|R) script, request ([0-9]+)", error.diag.context)[1]


def failing(cluster: Cluster, text: str, setup: str = "", **options) -> psycopg.Error:
    with cluster.connect(**options) as connection:
        if setup:
            connection.execute(setup)
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(text)
    return caught.value


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

    call = RunningCall(cluster, SLEEP, "SELECT g AS a FROM generate_series(1, 1000) g")
    running = call.wait_for("running")
    line = wait_until(lambda: (line := call.wait_for("running"))["state"] == "running" and line)
    assert (line["rows_in"], line["rows_out"]) == (1000, 0)
    assert line["since"] >= running["since"]
    assert line["cpu_ms"] > 0
    assert line["memory"] > 1 << 20
    assert line["wait_reason"] is None
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


BURN = "import time\nwhile time.process_time() < 0.3: pass\n"

# Statement and settings of calls that use 0.2 s of processor time or more before they fail.
RUNAWAYS = {
    "script": (statement(BURN + "raise ValueError"), ""),
    "R script": (
        statement("while (proc.time()[[1]] < 0.3) {}; stop('x')", language="R"),
        "",
    ),
    "query": (
        statement(BURN, "SELECT 1 / (3 - g) + length(pg_sleep(0.3)::text) FROM generate_series(1, 3) g"),
        "SET launchpad.batch_size = '64kB'",
    ),
    "result": (statement(BURN + "OutputDataSet = [['x']]"), ""),
    "signal": (statement(BURN + "import os; os.kill(os.getpid(), 9)"), ""),
    "memory": (statement(BURN + "bytearray(1 << 50)"), ""),
    "measured memory": (
        statement(
            BURN + "import os\nfor _ in range(3): os.fork()\nfull = b'x' * (150 << 20); time.sleep(9)"
        ),
        "SET launchpad.memory_limit = '400MB'",
    ),
    "script_timeout": (statement(SPIN), "SET launchpad.script_timeout = 400"),
    "statement_timeout": (statement(SPIN), "SET statement_timeout = 600"),
}


def used_by_all(cluster: Cluster) -> float:
    """Milliseconds of processor time by the statistics."""
    query = "SELECT coalesce(sum(cpu_user_ms + cpu_system_ms), 0) FROM launchpad.stats"
    return cluster.execute(query)[0][0]


def used(line: dict[str, str]) -> float:
    return float(line["cpu_user_ms"]) + float(line["cpu_system_ms"])


@pytest.mark.parametrize("runaway", RUNAWAYS)
def test_what_a_failing_call_used_is_counted(logging, runaway):
    text, setup = RUNAWAYS[runaway]
    before = used_by_all(logging)
    line = line_of(logging, request_of(failing(logging, text, setup)))
    assert used(line) > (0 if runaway == "query" else 100)
    assert int(line["peak_memory_kb"]) > 1000
    assert used_by_all(logging) - before == pytest.approx(used(line), abs=0.1)


@pytest.mark.parametrize("by", ["pg_cancel_backend({pid})", "launchpad.cancel({request})"])
def test_what_a_cancelled_call_used_is_counted(logging, by):
    query = "SELECT g AS a FROM generate_series(1, 1000) g"
    before = used_by_all(logging)
    call = RunningCall(logging, "OutputDataSet = InputDataSet\n" + SPIN, query)
    request = call.wait_for("running")["request"]
    wait_until(lambda: (call.wait_for("running")["cpu_ms"] or 0) > 200)
    logging.execute("SELECT " + by.format(pid=call.pid, request=request))
    assert call.error().sqlstate == "57014"
    line = line_of(logging, str(request))
    assert used(line) > 200
    assert (line["rows_in"], line["rows_out"]) == ("1000", "0")
    assert int(line["bytes_in"]) > 1000
    assert used_by_all(logging) - before == pytest.approx(used(line), abs=0.1)


def test_what_a_terminated_call_used_is_counted_later(logging):
    """Its backend does not wait for it."""
    calls = "SELECT calls, cancels FROM launchpad.stats WHERE role = user AND language = 'Python'"
    assert works(logging)
    [(count, cancels)] = logging.execute(calls)
    before = used_by_all(logging)
    call = RunningCall(logging, SPIN)
    wait_until(lambda: (call.wait_for("running")["cpu_ms"] or 0) > 200)
    logging.execute(f"SELECT pg_terminate_backend({call.pid})")
    assert call.error().sqlstate == "57P01"
    wait_until(lambda: used_by_all(logging) - before > 200)
    assert logging.execute(calls) == [(count + 1, cancels + 1)]


def test_a_launchpad_that_does_not_answer_delays_an_error_by_a_tenth_of_a_second(own_cluster):
    """What the calls used is counted when it does again, of a role that was dropped among the rest."""
    cluster = own_cluster("launchpad.warm_satellites=2")
    cluster.execute("CREATE ROLE gone")
    cluster.let_run("gone")
    calls = [RunningCall(cluster, SPIN, setup=setup) for setup in ("SET ROLE gone", "")]
    for call in calls:
        wait_until(lambda call=call: (call.wait_for("running")["cpu_ms"] or 0) > 200, 20)
    launchpadd = pid_of_launchpadd(cluster)
    os.kill(launchpadd, signal.SIGSTOP)
    cluster.execute(f"SELECT pg_terminate_backend({calls[0].pid})")
    assert calls[0].error().sqlstate == "57P01"
    cluster.execute("DROP OWNED BY gone")
    cluster.execute("DROP ROLE gone")
    begun = time.monotonic()
    calls[1].connection.cancel()
    assert calls[1].error().sqlstate == "57014"
    assert 0.1 < time.monotonic() - begun < 2
    query = """SELECT role, calls, cancels, cpu_user_ms + cpu_system_ms > 200
        FROM launchpad.stats ORDER BY role NULLS FIRST"""
    assert cluster.execute(query) == [(None, 1, 1, False), (cluster.user, 1, 1, False)]
    os.kill(launchpadd, signal.SIGCONT)
    everybody = [(None, 1, 1, True), (cluster.user, 1, 1, True)]
    wait_until(lambda: cluster.execute(query) == everybody)
    assert works(cluster)


def test_many_calls_that_are_killed_are_one_row(own_cluster):
    cluster = own_cluster()
    cluster.execute("CREATE ROLE busy LOGIN")
    cluster.let_run("busy")
    loop = """DO $do$ BEGIN
        FOR i IN 1..40 LOOP
            BEGIN
                PERFORM * FROM execute_external_script('Python', 'while True: pass') AS t(a int);
            EXCEPTION WHEN query_canceled THEN END;
        END LOOP; END $do$"""
    with cluster.connect(user="busy") as connection:
        connection.execute("SET launchpad.script_timeout = 30")
        connection.execute(loop)
    query = "SELECT role, calls, timeouts, cpu_user_ms + cpu_system_ms > 200 FROM launchpad.stats"
    assert cluster.execute(query) == [("busy", 40, 40, True)]


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


def test_scripts_have_rows_and_roles_have_one(own_cluster):
    cluster = own_cluster()
    cluster.execute("CREATE ROLE owner; CREATE ROLE caller LOGIN")
    cluster.let_run("owner")
    scripts = ["OutputDataSet = [[1]]", "OutputDataSet = [[2]] # \u00e4"]
    for number, script in enumerate(scripts):
        cluster.execute(
            f"CREATE FUNCTION f{number}() RETURNS SETOF int LANGUAGE sql SECURITY DEFINER AS $f$"
            f"{statement(script)}$f$; ALTER FUNCTION f{number} OWNER TO owner"
        )
        cluster.execute(f"SELECT f{number}()", user="caller")
    cluster.execute("SELECT f1()")
    first, second = (
        f"""SELECT environment, language, session_role, role, database, calls
        FROM launchpad.script_stats WHERE script = {fingerprint(script)}
        ORDER BY session_role = 'caller'"""
        for script in scripts
    )
    row = ("python", "Python", "caller", "owner", "postgres", 1)
    others = (*row[:2], cluster.user, *row[3:])
    assert cluster.execute(first) == [row]
    assert cluster.execute(second) == [others, row]
    roles = "SELECT role, calls FROM launchpad.stats"
    assert cluster.execute(roles) == [("owner", 3)]
    # Of another one's calls there is left that they are there and whose.
    hidden = "<insufficient privilege>"
    seen = cluster.execute(
        "SELECT environment, language, session_role, role, script, calls FROM launchpad.script_stats",
        user="caller",
    )
    assert seen == [(hidden, hidden, None, "owner", None, None)] * 3
    cluster.ctl("restart")
    assert cluster.execute(second) == [others, row]
    # Who is gone leaves no name behind.
    cluster.execute("DROP OWNED BY caller; DROP ROLE caller")
    scripts_left = "SELECT session_role, role, script IS NULL, calls FROM launchpad.script_stats"
    assert sorted(cluster.execute(scripts_left), key=str) == [
        (cluster.user, "owner", False, 1),
        (None, None, True, 2),
    ]
    assert cluster.execute(roles) == [("owner", 3)]


def calls_of(cluster: Cluster) -> list[tuple]:
    return cluster.execute(
        "SELECT language, role, calls, script_errors, rows_out, since"
        " FROM launchpad.stats ORDER BY language"
    )


def answers(cluster: Cluster) -> bool:
    try:
        return cluster.execute("SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def test_statistics_survive_a_restart_and_no_crash(own_cluster):
    cluster = own_cluster()
    assert works(cluster) and works(cluster, "R")
    failing(cluster, statement("raise ValueError"))
    before = calls_of(cluster)
    assert [row[:5] for row in before] == [
        ("Python", cluster.user, 2, 1, 1),
        ("R", cluster.user, 1, 0, 1),
    ]
    kept = cluster.data / "pg_stat" / "pg_launchpad.stat"
    cluster.ctl("restart")
    assert calls_of(cluster) == before
    # It is read once: after a crash there must be nothing old to read.
    assert not kept.exists()
    with cluster.connect() as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    wait_until(lambda: answers(cluster), 20, "the server is through its recovery")
    assert calls_of(cluster) == []
    # What another version wrote, or nobody did, is passed over.
    assert works(cluster)
    cluster.ctl("stop")
    kept.write_bytes(b"\x07not statistics")
    cluster.ctl("start")
    assert calls_of(cluster) == []
    assert works(cluster)


def test_dropped_roles_and_databases_leave_no_rows(own_cluster):
    """What they have counted stays, under nobody's name."""
    cluster = own_cluster()
    cluster.execute("CREATE DATABASE other")
    cluster.execute("CREATE EXTENSION pg_launchpad", dbname="other")
    cluster.execute("CREATE ROLE gone")
    cluster.let_run("gone")
    cluster.execute(statement("x = 1"), dbname="other")
    with cluster.connect() as session:
        session.execute("SET ROLE gone")
        session.execute(statement("x = 1"))
        failing(cluster, statement("raise ValueError"))
    assert works(cluster)
    query = """SELECT role, database, calls, script_errors FROM launchpad.stats
        ORDER BY calls, role NULLS FIRST"""
    before = cluster.execute(query)
    assert before == [
        ("gone", "postgres", 1, 0),
        (cluster.user, "other", 1, 0),
        (cluster.user, "postgres", 2, 1),
    ]
    cluster.execute("DROP OWNED BY gone")
    cluster.execute("DROP ROLE gone")
    cluster.execute("DROP DATABASE other")
    assert cluster.execute(query) == [
        (None, None, 2, 0),
        (cluster.user, "postgres", 2, 1),
    ]


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
    binaries = Path(cluster.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'")[0][0])
    dump = tmp_path / "dump.sql"
    run([binaries / "pg_dump", *address, "--file", dump, "postgres"], check=True)
    restore = [binaries / "psql", *address, "--quiet", "-X", "-v", "ON_ERROR_STOP=1", "-f", dump]
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

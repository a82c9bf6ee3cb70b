"""What is counted of calls: also of those that fail, and of whose they are."""

import os
import signal
import time
from collections.abc import Callable

import psycopg
import pytest

from call_log import fingerprint, line_of, request_of
from calls import SPIN, RunningCall, failing, statement, works
from cluster import Cluster, wait_until
from test_launchpad import launchpadd as pid_of_launchpadd

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"

# Statement and settings of calls that use 0.2 s of processor time or more before they fail.
RUNAWAYS = {
    "script": (statement(BURN + "raise ValueError"), ""),
    "R script": (
        statement("while (proc.time()[[1]] < 0.3) {}; stop('x')", language="R"),
        "",
    ),
    "query": (
        statement(
            BURN, "SELECT 1 / (3 - g) + length(pg_sleep(0.3)::text) FROM generate_series(1, 3) g"
        ),
        "SET launchpad.batch_size = '64kB'",
    ),
    "result": (statement(BURN + "OutputDataSet = [['x']]"), ""),
    "signal": (statement(BURN + "import os; os.kill(os.getpid(), 9)"), ""),
    "memory": (statement(BURN + "bytearray(1 << 50)"), ""),
    "measured memory": (
        statement(
            BURN
            + "import os\nfor _ in range(3): os.fork()\nfull = b'x' * (150 << 20); time.sleep(9)"
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


def used_by_one(
    cluster: Cluster, fail: Callable[[], psycopg.Error]
) -> tuple[float, dict[str, str]]:
    """What all had used before the call that fails, and its line.

    An error waits a tenth of a second for what the call used. On a busy machine that may be too
    short, and it is counted later: then another call is tried.
    """
    for _ in range(5):
        before = wait_until(lambda: settled(cluster))
        line = line_of(cluster, request_of(fail()))
        if int(line["peak_memory_kb"]) > 0:
            break
    return before[0], line


def settled(cluster: Cluster) -> tuple[float] | None:
    """What all have used, if nothing is counted any more."""
    before = used_by_all(cluster)
    time.sleep(0.3)
    return (before,) if used_by_all(cluster) == before else None


def used(line: dict[str, str]) -> float:
    return float(line["cpu_user_ms"]) + float(line["cpu_system_ms"])


@pytest.mark.parametrize("runaway", RUNAWAYS)
def test_what_a_failing_call_used_is_counted(logging, runaway):
    text, setup = RUNAWAYS[runaway]
    before, line = used_by_one(logging, lambda: failing(logging, text, setup))
    # A killed satellite is measured in clock ticks, and may not have used one.
    assert used(line) >= 0 if runaway == "query" else used(line) > 100
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
    """What the calls used is counted when it does again; of a dropped role, among the rest."""
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
        "SELECT environment, language, session_role, role, script, calls"
        " FROM launchpad.script_stats",
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
    # It takes the postmaster a moment to see it.
    wait_until(lambda: "reinitializing" in cluster.log.read_text(), 20)
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


def test_a_query_of_too_many_types_is_an_error_of_the_input(logging):
    logging.execute("CREATE TYPE wide_0 AS (a int, b int, c int, d int, e int, f int)")
    for level in range(1, 6):
        columns = ", ".join(f"{name} wide_{level - 1}" for name in "abcdef")
        logging.execute(f"CREATE TYPE wide_{level} AS ({columns})")
    error = failing(logging, statement("", "SELECT NULL::wide_5 AS x"))
    assert error.sqlstate == "54000"
    assert error.diag.message_detail.endswith("they can be 8192.")
    assert line_of(logging, request_of(error))["outcome"] == "input_error"


MANY = """DO $$ BEGIN FOR i IN {first}..{last} LOOP
    EXECUTE format('SET ROLE many_%s', i);
    BEGIN
        PERFORM * FROM execute_external_script('Python', '', 'SELECT nothing') AS t(a int);
    EXCEPTION WHEN undefined_column THEN END;
    RESET ROLE;
END LOOP; END $$"""


def test_only_a_role_that_is_dropped_for_good_loses_its_row(own_cluster):
    """Not one that is not committed yet, nor one that another transaction is about to drop."""
    cluster = own_cluster()
    cluster.let_run("PUBLIC")
    cluster.execute(";".join(f"CREATE ROLE many_{number}" for number in range(1, 516)))
    cluster.execute("CREATE ROLE leaving")
    query = "SELECT role, calls FROM launchpad.stats WHERE role IN ('early', 'leaving') ORDER BY 1"
    with cluster.connect() as early, cluster.connect() as leaving:
        early.execute("BEGIN")
        early.execute("CREATE ROLE early")
        early.execute("SET LOCAL ROLE early")
        early.execute(statement("x = 1"))
        leaving.execute("BEGIN")
        leaving.execute("SET LOCAL ROLE leaving")
        leaving.execute(statement("x = 1"))
        leaving.execute("RESET ROLE")
        leaving.execute("DROP ROLE leaving")
        assert leaving.execute(query).fetchall() == []
        assert cluster.execute(query) == [("leaving", 1)]
        cluster.execute(MANY.format(first=1, last=10))
        cluster.execute("DROP ROLE " + ", ".join(f"many_{number}" for number in range(1, 11)))
        # There is no room for these but that of the ten.
        cluster.execute(MANY.format(first=11, last=515))
        leaving.execute("ROLLBACK")
        early.execute("COMMIT")
    assert cluster.execute(query) == [("early", 1), ("leaving", 1)]
    rows = "SELECT count(*), sum(calls)::int FROM launchpad.stats WHERE role LIKE 'many%'"
    assert cluster.execute(rows) == [(505, 505)]
    dropped = "SELECT calls, input_errors FROM launchpad.stats WHERE role IS NULL"
    assert cluster.execute(dropped) == [(10, 10)]


def test_temporary_files_beyond_their_limit_are_a_limit(own_cluster):
    """Of the result, and of the input query."""
    cluster = own_cluster("temp_file_limit=1MB", "work_mem=64kB")
    rows = "SELECT * FROM execute_external_script('Python', $s${}$s$, {}) AS t(a text)"
    result = rows.format("OutputDataSet = [('x' * 1000,)] * 5000", "NULL")
    query = "'SELECT g::text AS a FROM generate_series(1, 300000) AS g ORDER BY g::text DESC'"
    cluster.execute("CREATE ROLE limited LOGIN")
    cluster.let_run("limited")
    for text in (result, rows.format("OutputDataSet = InputDataSet[:1]", query)):
        with pytest.raises(psycopg.Error) as raised:
            cluster.execute(text, user="limited")
        assert raised.value.sqlstate == "53400"
        assert "temp_file_limit" in raised.value.diag.message_primary
    counted = "SELECT sum(limits), sum(calls) FROM launchpad.stats WHERE role = 'limited'"
    assert cluster.execute(counted) == [(2, 2)]

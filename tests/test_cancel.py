"""However a call is ended: at once, with the right SQLSTATE, and nothing is left of it."""

import os
import signal
import socket
import threading
import time

import psycopg
import pytest

import processes
from calls import (
    BUSY,
    INPUT,
    R_FAMILY,
    R_SLEEP,
    R_SPIN,
    R_STUBBORN,
    SLEEP,
    SPIN,
    STUBBORN,
    RunningCall,
    statement,
    works,
)
from cluster import wait_until

# How a script may be stuck, and on what the backend waits meanwhile: language, script, input query.
STUCK = {
    "spinning": ("Python", SPIN, None),
    "asleep": ("Python", SLEEP, None),
    "stubborn": ("Python", STUBBORN, None),
    "sending": ("Python", SLEEP, INPUT),
    "executing": ("Python", SLEEP, BUSY),
    "returning": ("Python", "import os\nwhile True: os.write(1, b'x' * 1000)", None),
    "R spinning": ("R", R_SPIN, None),
    "R asleep": ("R", R_SLEEP, None),
    "R stubborn": ("R", R_STUBBORN, None),
    "R with a family": ("R", R_FAMILY, None),
    "R sending": ("R", R_SLEEP, INPUT),
    "R executing": ("R", R_SLEEP, BUSY),
    "R talking": ("R", "repeat cat(strrep('x', 1000))", None),
    "R returning": ("R", "OutputDataSet <- numeric(3e7)", None),
}

# Where the script is stuck is the same to every server: in R it is tried on one.
WAYS = [
    pytest.param(
        name, marks=[pytest.mark.once] if name.startswith("R ") and query is None else [], id=name
    )
    for name, (_, _, query) in STUCK.items()
]


@pytest.fixture(params=WAYS)
def stuck(request, cluster, no_leaks) -> RunningCall:
    language, script, query = STUCK[request.param]
    setup = "SET client_min_messages = error; SET launchpad.max_result_size = '100GB'"
    call = RunningCall(cluster, script, query, setup, language)
    call.wait_for("running")
    return call


def satellite_of(call: RunningCall) -> int:
    return call.wait_for("running")["satellite_pid"]


def test_pg_cancel_backend(cluster, stuck):
    satellite = satellite_of(stuck)
    cluster.execute(f"SELECT pg_cancel_backend({stuck.pid})")
    assert stuck.error(1).sqlstate == "57014"
    wait_until(lambda: not os.path.exists(f"/proc/{satellite}"), 1, "the satellite is gone")
    assert works(cluster)
    assert works(cluster, "R")


def test_launchpad_cancel(cluster, stuck):
    line = stuck.wait_for("running")
    assert cluster.execute(f"SELECT launchpad.cancel({line['request']})") == [(True,)]
    error = stuck.error(1)
    assert error.sqlstate == "57014"
    assert "launchpad.cancel" in error.diag.message_primary
    wait_until(lambda: processes.gone(line["satellite_pid"]), 1, "the satellite is gone")
    assert works(cluster)
    assert cluster.execute(f"SELECT launchpad.cancel({line['request']})") == [(False,)]


def test_launchpad_cancel_ends_the_call_alone(cluster, no_leaks):
    """Not what its session does besides: the transaction can go on."""
    inner = statement("import time; time.sleep(1e9)")
    block = f"""DO $do$ BEGIN
        PERFORM * FROM ({inner}) AS call;
    EXCEPTION WHEN query_canceled THEN PERFORM set_config('test.went', 'on', false);
    END $do$"""
    with cluster.connect() as connection:
        thread = threading.Thread(target=connection.execute, args=(block,))
        thread.start()
        pid = connection.info.backend_pid
        line = wait_until(lambda: next((s for s in cluster.satellites() if s["pid"] == pid), None))
        assert cluster.execute(f"SELECT launchpad.cancel({line['request']})") == [(True,)]
        thread.join(5)
        assert connection.execute("SELECT current_setting('test.went')").fetchone() == ("on",)


def test_launchpad_cancel_of_a_call_that_waits(own_cluster):
    cluster = own_cluster("launchpad.max_satellites=1")
    first = RunningCall(cluster, SLEEP)
    first.wait_for("running")
    second = RunningCall(cluster, SLEEP)
    request = second.wait_for("queued")["request"]
    assert cluster.execute(f"SELECT launchpad.cancel({request})") == [(True,)]
    error = second.error(1)
    assert error.sqlstate == "57014"
    assert "launchpad.cancel" in error.diag.message_primary
    first.connection.cancel()
    first.error()
    assert works(cluster)


# Whose call, who asks, whether they may: the rules of pg_cancel_backend.
RIGHTS = [
    ("worker", "worker", True),
    ("worker", "stranger", False),
    ("worker", "colleague", True),
    ("worker", "operator", True),
    ("worker", None, True),
    ("chief", "worker", False),
    ("chief", "operator", False),
    ("chief", "colleague", False),
    ("chief", None, True),
]


@pytest.fixture(scope="module")
def roles(cluster):
    for role in ("worker", "stranger", "colleague", "operator"):
        cluster.execute(f"CREATE ROLE {role} LOGIN")
    cluster.execute("CREATE ROLE chief LOGIN SUPERUSER")
    cluster.let_run("worker")
    cluster.execute("GRANT worker TO colleague")
    cluster.execute("GRANT pg_signal_backend TO operator")
    yield
    cluster.execute("DROP OWNED BY worker")
    cluster.execute("DROP ROLE worker, stranger, colleague, operator, chief")


@pytest.mark.parametrize(("owner", "who", "may"), RIGHTS, ids=str)
def test_who_may_cancel(cluster, roles, no_leaks, owner, who, may):
    call = RunningCall(cluster, SLEEP, user=owner)
    request = call.wait_for("running")["request"]
    options = {"user": who} if who else {}
    if may:
        assert cluster.execute(f"SELECT launchpad.cancel({request})", **options) == [(True,)]
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cluster.execute(f"SELECT launchpad.cancel({request})", **options)
        assert call.is_alive()
        call.connection.cancel()
    assert call.error().sqlstate == "57014"


def test_pg_terminate_backend(cluster, stuck):
    satellite = satellite_of(stuck)
    cluster.execute(f"SELECT pg_terminate_backend({stuck.pid})")
    assert stuck.error(1).sqlstate == "57P01"
    wait_until(lambda: not os.path.exists(f"/proc/{satellite}"), 1, "the satellite is gone")
    assert works(cluster)


def test_satellite_killed(cluster, stuck):
    os.kill(satellite_of(stuck), signal.SIGKILL)
    error = stuck.error(1)
    assert error.sqlstate == "38000"
    assert "was killed" in error.diag.message_primary
    assert works(cluster)


def test_client_gone(cluster, stuck):
    satellite = satellite_of(stuck)
    # What the kernel does for a client that dies.
    with socket.socket(fileno=os.dup(stuck.connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: not os.path.exists(f"/proc/{satellite}"), 1, "the satellite is gone")
    wait_until(lambda: not os.path.exists(f"/proc/{stuck.pid}"), 1, "the backend is gone")
    stuck.ended()
    assert works(cluster)


@pytest.mark.parametrize(
    ("setting", "words"),
    [("statement_timeout", "statement timeout"), ("launchpad.script_timeout", "script_timeout")],
)
@pytest.mark.parametrize("name", WAYS)
def test_timeouts(connection, cluster, name, setting, words):
    if setting == "launchpad.script_timeout" and STUCK[name][2] == BUSY:
        pytest.skip("the time of the input query is not the script's")
    connection.execute("SET client_min_messages = error")
    connection.execute(f"SET {setting} = '300ms'")
    began = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled) as caught:
        language, script, query = STUCK[name]
        connection.execute(statement(script, query, language))
    assert time.monotonic() - began < 2
    assert words in caught.value.diag.message_primary
    connection.execute(f"RESET {setting}")
    assert works(cluster)


@pytest.mark.parametrize("name", WAYS)
def test_the_timeout_of_the_transaction(cluster, no_leaks, name):
    """It ends the session."""
    if cluster.version() < 17:
        pytest.skip("PostgreSQL 17 is the first that has it")
    language, script, query = STUCK[name]
    setup = "SET client_min_messages = error; SET transaction_timeout = '3s'"
    call = RunningCall(cluster, script, query, setup, language)
    satellite = satellite_of(call)
    assert call.error(5).sqlstate == "25P04"
    wait_until(lambda: not os.path.exists(f"/proc/{satellite}"), 1, "the satellite is gone")
    wait_until(lambda: not os.path.exists(f"/proc/{call.pid}"), 1, "the backend is gone")
    assert works(cluster)


# The executor looks for interrupts only when it is done with that row, some seconds later.
DEAF = f"""SELECT {" || ".join(["md5(t)"] * 60)} AS t
FROM (SELECT repeat(repeat('x', 10000), 3000 + (random() < 0)::int) AS t OFFSET 0) AS big"""


def deaf(call: RunningCall):
    """Ends its satellite when it is in there, and gives the watchdog the time to look."""
    satellite = satellite_of(call)
    time.sleep(0.7)
    os.kill(satellite, signal.SIGKILL)
    time.sleep(0.2)


CATCHING = """DO $do$ BEGIN
    BEGIN
        EXECUTE $x${}$x$;
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    PERFORM pg_sleep(20);
END $do$"""


def test_cancel_while_the_watchdog_cancels(cluster):
    """Both at once: the satellite's end, which the call reports, and the client's wish."""
    call = RunningCall(cluster, SLEEP, DEAF, within=CATCHING)
    deaf(call)
    call.connection.cancel()
    assert call.error(15).sqlstate == "57014"
    assert works(cluster)


def test_an_error_of_the_query_while_the_watchdog_cancels(cluster):
    query = f"SELECT 1 / (length(t) - 60 * 32) AS t FROM ({DEAF}) AS d"
    call = RunningCall(cluster, SLEEP, query)
    deaf(call)
    assert call.error(15).sqlstate == "22012"
    assert works(cluster)


def test_cancel_while_queued(own_cluster):
    cluster = own_cluster("launchpad.max_satellites=1")
    first = RunningCall(cluster, SLEEP)
    first.wait_for("running")
    second = RunningCall(cluster, SLEEP)
    second.wait_for("queued")
    second.connection.cancel()
    assert second.error(1).sqlstate == "57014"
    wait_until(lambda: all(line["state"] != "queued" for line in cluster.satellites()))
    first.connection.cancel()
    assert first.error(1).sqlstate == "57014"
    assert works(cluster)


def test_error_in_subtransaction_releases_all(connection, cluster):
    connection.execute(
        """DO $do$ BEGIN
            FOR i IN 1..50 LOOP
                BEGIN
                    PERFORM * FROM execute_external_script('Python', '1 / 0') AS t(a int);
                EXCEPTION WHEN external_routine_exception THEN NULL;
                END;
            END LOOP;
        END $do$"""
    )
    assert works(cluster)

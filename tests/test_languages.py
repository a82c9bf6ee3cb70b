"""Two languages on one server: each has its zygote and satellites, and its troubles to itself.

What runs under R's name here is the Python launcher, so that the tests need no R: all that is
looked at is the server's and launchpadd's part.
"""

import time
from pathlib import Path

import psycopg
import pytest

from calls import works
from cluster import Cluster, wait_until


def use(cluster: Cluster, program: str):
    cluster.execute(f"ALTER SYSTEM SET launchpad.r = '{program}'")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: cluster.setting("launchpad.r") == program)


def call(connection: psycopg.Connection, script: str, query: str = "SELECT 1 AS x", rest: str = ""):
    return connection.execute(
        f"SELECT * FROM execute_external_script('r', $s${script}$s$, $q${query}$q${rest})"
        " AS t(a int)"
    ).fetchall()


def refusal(cluster: Cluster) -> tuple[str, str, float]:
    """An R call's message, its details, and after how many seconds."""
    with cluster.connect() as connection, pytest.raises(psycopg.Error) as caught:
        begin = time.monotonic()
        call(connection, "x <- 1")
    took = time.monotonic() - begin
    assert caught.value.sqlstate == "55000"
    diagnostic = caught.value.diag
    assert "launchpad.r" in diagnostic.message_hint
    return diagnostic.message_primary, diagnostic.message_detail, took


def warm(cluster: Cluster, language: str) -> int:
    lines = cluster.satellites()
    return sum(line["language"] == language and line["state"] == "warm" for line in lines)


def satellites(cluster: Cluster, language: str) -> list[int]:
    return [line["satellite_pid"] for line in cluster.satellites() if line["language"] == language]


def logged(cluster: Cluster, word: str) -> list[str]:
    lines = cluster.log.read_text().splitlines()
    return [line for line in lines if "launchpad: " in line and word in line]


@pytest.fixture
def player(own_cluster) -> tuple[Cluster, str]:
    """A cluster, and the path of a program that plays R on it."""
    cluster = own_cluster("launchpad.warm_satellites=1")
    folder = cluster.execute("SELECT setting FROM pg_config() WHERE name = 'PKGLIBDIR'")[0][0]
    program = Path(cluster.data.parent) / "R"
    program.write_text(
        "#!/bin/sh\n"
        "export ARROW_DEFAULT_MEMORY_POOL=system PYTHONDONTWRITEBYTECODE=1\n"
        f"exec {cluster.setting('launchpad.python')} -I {folder}/pg_launchpad/python\n"
    )
    program.chmod(0o755)
    return cluster, str(program)


def test_a_missing_program(own_cluster):
    cluster = own_cluster("launchpad.r=/no/such/R")
    assert works(cluster)
    wait_until(lambda: logged(cluster, "/no/such/R"), 10)
    message, detail, took = refusal(cluster)
    assert message == "the R environment does not start"
    assert detail == 'cannot execute "/no/such/R": No such file or directory'
    assert took < 1
    # Nobody had asked for it when that was noticed.
    (line,) = logged(cluster, "/no/such/R")
    assert "LOG:" in line
    assert works(cluster)
    assert {line["language"] for line in cluster.satellites()} == {"Python"}


def test_a_program_that_does_not_start(own_cluster):
    cluster = own_cluster("launchpad.r=/bin/false")
    assert works(cluster)
    wait_until(lambda: logged(cluster, "environment for R"), 10)
    message, detail, took = refusal(cluster)
    assert (message, detail) == (
        "the R environment does not start",
        "the zygote exited with status 1",
    )
    assert took < 1
    assert len(logged(cluster, "environment for R")) == 1


def test_no_program(own_cluster):
    cluster = own_cluster("launchpad.r=")
    message, detail, took = refusal(cluster)
    assert (message, detail) == ("this server does not run R scripts", "launchpad.r is empty.")
    assert took < 1
    assert works(cluster)
    assert not logged(cluster, "for R")
    cluster.execute("ALTER SYSTEM SET launchpad.python = ''")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: not cluster.satellites(), 10)
    with pytest.raises(psycopg.Error, match="does not run Python scripts"):
        works(cluster)


def test_both_run(player):
    cluster, program = player
    use(cluster, program)
    wait_until(lambda: warm(cluster, "R") == 1 and warm(cluster, "Python") == 1, 20)
    with cluster.connect() as connection:
        assert call(connection, "OutputDataSet = [(len(InputDataSet),)]") == [(1,)]
        with pytest.raises(psycopg.Error) as caught:
            call(connection, "raise ValueError('mine')")
        assert "R script, request" in caught.value.diag.context
    assert works(cluster)
    # Another program of R's is nothing of Python's.
    wait_until(lambda: warm(cluster, "Python") == 1, 10)
    python = satellites(cluster, "Python")
    use(cluster, "/no/such/R")
    wait_until(lambda: not satellites(cluster, "R"), 10)
    assert satellites(cluster, "Python") == python


def test_bigints_that_r_rounds(player):
    cluster, program = player
    use(cluster, program)
    heard = []
    with cluster.connect() as connection:
        connection.execute("CREATE TYPE pair AS (a int, b bigint)")
        connection.add_notice_handler(
            lambda diagnostic: heard.append((diagnostic.severity, diagnostic.message_primary))
        )
        nothing = "OutputDataSet = [(1,)]"
        query = (
            "SELECT n, -n AS last, ARRAY[n + 1] AS list, ROW(1, -n - 1)::pair AS pair,"
            " n + 1 AS beyond, 'infinity'::date AS d, (n + 1)::float8 AS f"
            " FROM (VALUES (9007199254740992)) AS v(n), generate_series(1, 3)"
        )
        wait_until(lambda: warm(cluster, "R") == 1, 20)
        call(connection, nothing, query)
        text = "holds integers beyond ±2^53, which became double precision in R"
        infinite = "holds infinite or out-of-range values, which became NULL"
        column = 'column "{}" of input_data_1 {}'
        expected = [column.format(name, text) for name in ("list", "pair", "beyond")]
        expected.append(column.format("d", infinite))
        assert heard == [("WARNING", line) for line in expected]

        heard.clear()
        call(connection, nothing, rest=', \'{"k": -9007199254740993, "l": 9007199254740992}\'')
        call(connection, nothing, rest=", (SELECT p FROM (SELECT 9007199254740993 AS r) p)")
        assert heard == [("WARNING", f'parameter "{name}" {text}') for name in ("k", "r")]

        heard.clear()
        connection.execute(
            "SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet',"
            " 'SELECT 9007199254740993 AS n') AS t(n bigint)"
        )
        assert heard == []

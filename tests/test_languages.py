"""Two languages on one server: each has its zygote and satellites, and its troubles to itself."""

import time

import psycopg
import pytest

from calls import statement, works
from cluster import Cluster, wait_until


def use(cluster: Cluster, program: str):
    cluster.execute(f"ALTER SYSTEM SET launchpad.r = '{program}'")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: cluster.setting("launchpad.r") == program)


def call(connection: psycopg.Connection, script: str) -> list[tuple]:
    return connection.execute(statement(script, "SELECT 1 AS x", "r")).fetchall()


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


def test_a_program_that_is_too_old(own_cluster):
    """R as it is, but for the version that it tells."""
    cluster = own_cluster("launchpad.r=")
    program = cluster.data.parent / "R"
    program.write_text(
        """#!/bin/sh
for file; do :; done
exec /usr/bin/R --no-echo --vanilla -e "unlockBinding('getRversion', baseenv())" \\
    -e "assign('getRversion', function() numeric_version('4.1.3'), baseenv())" \\
    -e "source('${file#--file=}')"
"""
    )
    program.chmod(0o755)
    use(cluster, str(program))
    wait_until(lambda: logged(cluster, "environment for R"), 10)
    message, detail, _ = refusal(cluster)
    assert message == "the R environment does not start"
    assert detail.endswith("R 4.1.3 is too old: the R launcher needs 4.2.0 or newer")
    assert works(cluster)


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


def test_both_run(own_cluster):
    cluster = own_cluster("launchpad.warm_satellites=1")
    wait_until(lambda: warm(cluster, "R") == 1 and warm(cluster, "Python") == 1, 20)
    with cluster.connect() as connection:
        assert call(connection, "OutputDataSet <- nrow(InputDataSet)") == [(1,)]
        with pytest.raises(psycopg.Error) as caught:
            call(connection, "stop('mine')")
        assert "R script, request" in caught.value.diag.context
    assert works(cluster)
    # Another program of R's is nothing of Python's.
    wait_until(lambda: warm(cluster, "Python") == 1, 10)
    python = satellites(cluster, "Python")
    use(cluster, "/no/such/R")
    wait_until(lambda: not satellites(cluster, "R"), 10)
    assert satellites(cluster, "Python") == python
    use(cluster, "/usr/bin/R")
    wait_until(lambda: warm(cluster, "R") == 1, 20)
    assert works(cluster, "R")

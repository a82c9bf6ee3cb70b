"""Calls that run while a test does something to them."""

import threading

import psycopg
import pytest

from cluster import PATIENCE, Cluster, wait_until

SPIN = "while True: pass"
SLEEP = "import time\ntime.sleep(1e9)"
# Children, threads and ignored signals: everything that could outlive a call.
STUBBORN = """
import os, signal, threading, time
for number in range(1, 32):
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_IGN)
threading.Thread(target=time.sleep, args=(1e9,)).start()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1e9)
    time.sleep(1e9)
time.sleep(1e9)
"""
# As many processes as it may have; returns how many those are.
FORKS = """
import os
started = 1
hold, keep = os.pipe()
try:
    while started < 200:
        if os.fork() == 0:
            os.read(hold, 1)
            os._exit(0)
        started += 1
except BlockingIOError:
    pass
os.close(keep)
OutputDataSet = [(started,)]
"""
# The same in R.
R_SPIN = "while (TRUE) {}"
R_SLEEP = "Sys.sleep(1e9)"
R_STUBBORN = """
nothing <- function(i) NULL
repeat tryCatch(Sys.sleep(1e9), interrupt = nothing)
"""
R_FAMILY = """
for (i in 1:3) parallel::mcparallel({ parallel::mcparallel(Sys.sleep(1e9)); Sys.sleep(1e9) })
Sys.sleep(1e9)
"""
# More than the script ever gets to see: rows flow, or the executor is busy before the first.
INPUT = "SELECT generate_series(1, 100000000) AS g, repeat('x', 1000) AS t"
BUSY = (
    "SELECT count(*) AS n FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b"
)


# What a call does that has a satellite.
SERVED = ("sending", "running", "returning")


def statement(script: str, query: str | None = None, language: str = "Python") -> str:
    query = "NULL" if query is None else f"$q${query}$q$"
    return (
        f"SELECT * FROM execute_external_script('{language}', $s${script}$s$, {query}) AS t(a int)"
    )


class RunningCall(threading.Thread):
    """A call in a session and thread of its own; its outcome is an exception or rows."""

    def __init__(
        self,
        cluster: Cluster,
        script: str,
        query: str | None = None,
        setup: str = "",
        language: str = "Python",
        within: str = "{}",
        **options,
    ):
        """`within`: a statement around the call's, as `SELECT wrapped($x${}$x$)`."""
        super().__init__(daemon=True)
        self.cluster = cluster
        self.connection = cluster.connect(**options)
        if setup:
            self.connection.execute(setup)
        self.pid = self.connection.info.backend_pid
        self.statement = within.format(statement(script, query, language))
        self.outcome: Exception | list | None = None
        self.start()

    def run(self):
        try:
            self.outcome = self.connection.execute(self.statement).fetchall()
        except psycopg.Error as error:
            self.outcome = error

    def wait_for(self, state: str) -> dict:
        """The line of launchpad.satellites, once it says so; "running" stands for whatever a call
        does that has a satellite."""
        states = SERVED if state == "running" else (state,)
        return wait_until(
            lambda: next(
                (
                    line
                    for line in self.cluster.satellites()
                    if line["pid"] == self.pid and line["state"] in states
                ),
                None,
            ),
            10,
            f"backend {self.pid} {state}",
        )

    def ended(self, within: float = 5.0) -> Exception | list:
        """How it ended; fails when it has not within so many seconds."""
        self.join(within * PATIENCE)
        assert not self.is_alive(), f"still running after {within * PATIENCE} s"
        self.connection.close()
        return self.outcome

    def error(self, within: float = 5.0) -> psycopg.Error:
        outcome = self.ended(within)
        assert isinstance(outcome, psycopg.Error), f"no error but {outcome}"
        return outcome


ONE_ROW = {
    "Python": "OutputDataSet = pandas.DataFrame({'a': [len(InputDataSet)]})",
    "R": "OutputDataSet <- nrow(InputDataSet)",
}


def works(cluster: Cluster, language: str = "Python") -> bool:
    """Whether the next call works."""
    return cluster.execute(statement(ONE_ROW[language], "SELECT 1 AS x", language)) == [(1,)]


LANGUAGES = ("Python", "R")


def answers(cluster: Cluster, *languages: str) -> bool:
    """Whether the next calls work; a server that starts, or has no launchpad just now, does not."""
    try:
        return all(works(cluster, language) for language in languages or ("Python",))
    except psycopg.Error:
        return False


def texts(connection: psycopg.Connection, script: str, language: str = "Python") -> list[str]:
    """What a script returns as one column of text."""
    query = "SELECT * FROM execute_external_script(%s, %s) AS t(a text)"
    return [row[0] for row in connection.execute(query, (language, script)).fetchall()]


def failing(cluster: Cluster, text: str, setup: str = "", **options) -> psycopg.Error:
    with cluster.connect(**options) as connection:
        if setup:
            connection.execute(setup)
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(text)
    return caught.value

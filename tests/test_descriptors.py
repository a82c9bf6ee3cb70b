"""Processes that may open no more files: what calls say, and that they work afterwards."""

import psycopg
import pytest

import processes
from calls import LANGUAGES, ONE_ROW, answers, statement
from cluster import Cluster, wait_until
from oracle import LeakOracle

# How many more each may open than it has open: enough for a part of what a call takes.
FEW = (0, 1, 3, 6, 9, 12, 20)
KINDS = ("client backend", "launchpadd", "Python zygote", "R zygote", "launchpad")


@pytest.fixture(scope="module")
def small() -> Cluster:
    made = Cluster("launchpad.warm_satellites=1", "launchpad.queue_timeout=3s")
    yield made
    made.remove()


def outcome(session: psycopg.Connection, language: str) -> str:
    try:
        rows = session.execute(statement(ONE_ROW[language], "SELECT 1 AS x", language))
    except psycopg.Error as error:
        assert error.sqlstate == "53000", error
        assert "ulimit -n" in error.diag.message_hint, error
        return "refused"
    assert rows.fetchall() == [(1,)]
    return "ok"


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
def test_no_file_can_be_opened(small, kind):
    outcomes = set()
    for few in FEW:
        with small.connect() as session:
            # So that the library has opened what it keeps open.
            session.execute("SELECT * FROM launchpad.satellites")
            pid = process(small, kind, session)
            open_now = processes.highest_descriptor(pid) + 1
            with processes.limited(pid, "nofile", open_now + few):
                for language in LANGUAGES * 2:
                    outcomes.add(outcome(session, language))
        wait_until(lambda: answers(small, *LANGUAGES), 10)
    # The worker opens nothing; each other comes to its end.
    assert outcomes == ({"ok"} if kind == "launchpad" else {"ok", "refused"})
    LeakOracle(small)


def process(cluster: Cluster, kind: str, session: psycopg.Connection) -> int:
    if kind == "client backend":
        return session.info.backend_pid
    found: list[int] = wait_until(
        lambda: [
            pid for pid, (k, _) in processes.of_cluster(cluster.postmaster()).items() if k == kind
        ],
        10,
        kind,
    )
    return found[0]

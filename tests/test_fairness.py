"""Hundreds of calls of twenty sessions of four roles on three satellites: each ends, no slot is
lost, and one role's flood does not make the others wait."""

import random
import threading
import time
from statistics import mean

import psycopg
import pytest

from calls import statement, works
from cluster import LONG, Cluster, wait_until
from oracle import LeakOracle

SLOTS = 3
# Sessions, and calls of each: one role's flood and three that are quiet.
# A thousand calls, or a third of them.
SHARE = 1 if LONG else 3
SESSIONS = {"flood": (11, 70 // SHARE), "quiet_1": (3, 25 // SHARE), "quiet_2": (3, 25 // SHARE)}
SESSIONS |= {"quiet_3": (3, 27 // SHARE)}
CALLS = sum(sessions * calls for sessions, calls in SESSIONS.values())

# What calls are like: most are short, some fail, are cancelled, time out or die.
WORK = statement("OutputDataSet = [[len(InputDataSet)]]", "SELECT 1 AS x")
TROUBLE = {
    "raises": (statement("raise ValueError"), "38000"),
    "dies": (statement("import os; os.kill(os.getpid(), 9)"), "38000"),
    "takes too long": (statement("import time; time.sleep(60)"), "57014"),
}


@pytest.fixture
def busy(own_cluster) -> Cluster:
    cluster = own_cluster(
        f"launchpad.max_satellites={SLOTS}",
        "launchpad.warm_satellites=3",
        "launchpad.r=",
        "max_connections=60",
    )
    for role in SESSIONS:
        cluster.execute(f"CREATE ROLE {role} LOGIN")
        cluster.let_run(role)
    return cluster


class Session(threading.Thread):
    """One after the other; how long each took, from the question to the answer."""

    def __init__(self, cluster: Cluster, role: str, calls: int, seed: int):
        super().__init__(daemon=True)
        self.connection = cluster.connect(user=role)
        self.role, self.calls = role, calls
        self.dice = random.Random(seed)
        self.times: list[float] = []
        self.surprises: list[object] = []
        self.start()

    def run(self):
        for _ in range(self.calls):
            text, expected = WORK, None
            if self.dice.random() < 0.1:
                text, expected = self.dice.choice(list(TROUBLE.values()))
            began = time.monotonic()
            try:
                if expected == "57014":
                    self.connection.execute("SET statement_timeout = 50")
                outcome = self.connection.execute(text).fetchall()
            except psycopg.Error as error:
                outcome = error.sqlstate
            finally:
                self.connection.execute("RESET statement_timeout")
            if expected != "57014":
                self.times.append(time.monotonic() - began)
            if outcome != (expected or [(1,)]):
                self.surprises.append(outcome)
        self.connection.close()


def test_many_calls_of_four_roles(busy):
    assert CALLS >= (1000 if LONG else 300)
    oracle = LeakOracle(busy)
    sessions = [
        Session(busy, role, calls, seed=number)
        for role, (count, calls) in SESSIONS.items()
        for number in range(count)
    ]
    most = 0
    while any(session.is_alive() for session in sessions):
        served = [s for s in busy.satellites() if s["state"] in ("sending", "running", "returning")]
        most = max(most, len(served))
        time.sleep(0.05)
    assert [session.surprises for session in sessions] == [[]] * len(sessions)
    assert sum(session.calls for session in sessions) == CALLS
    assert 0 < most <= SLOTS
    # As long as all have calls: the quiet ones are done first.
    times = {
        role: [t for session in sessions if session.role == role for t in session.times]
        for role in SESSIONS
    }
    everybody = mean(t for of_role in times.values() for t in of_role)
    for role in ("quiet_1", "quiet_2", "quiet_3"):
        assert mean(times[role]) <= 2 * everybody, {name: mean(of) for name, of in times.items()}
    # No slot is lost, nothing is left.
    oracle.check()
    wait_until(lambda: not any(line["request"] for line in busy.satellites()))
    calls = busy.execute("SELECT sum(calls) FROM launchpad.stats")
    assert calls == [(CALLS,)]
    assert all(works(busy) for _ in range(2 * SLOTS))

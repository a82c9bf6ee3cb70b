"""Faults at random steps of random transactions: no wrong row, no leak, no hang, exact errors.

FAULTS_SEED picks another sequence, FAULTS_FIRST begins with a later round of it, FAULTS_COUNT says
how many: each round has random numbers of its own, so that one that failed can be played alone.
FAULTS_ONLY: those kinds whose names have that in them. With `pytest -s` each round has a line.
"""

import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from injected import KINDS, Kind, Scene
from work import LEDGER, Work

from calls import LANGUAGES, answers
from cluster import LONG, PATIENCE, Cluster, can_mount, wait_until
from oracle import LeakOracle

COUNT = int(os.environ.get("FAULTS_COUNT", 1000 if LONG else 60))
SEED = os.environ.get("FAULTS_SEED", str(time.time_ns()) if LONG else "1")
ONLY = [kind for kind in KINDS if os.environ.get("FAULTS_ONLY", "") in kind.name]
FIRST = int(os.environ.get("FAULTS_FIRST", "0"))

# From the end of the fault; a killed backend makes PostgreSQL restart first. Beside other workers
# everything takes longer.
HANG = (15.0 if "PYTEST_XDIST_WORKER" in os.environ else 5.0) * PATIENCE
RESTART = HANG

SMALL = "24m"


@pytest.fixture
def small() -> Iterator[Path | None]:
    """A place for a file system that only the server sees; None where there can be none."""
    if not can_mount():
        yield None
        return
    place = Path(tempfile.mkdtemp(prefix="pglp-small.", dir="/var/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def cluster(small) -> Iterator[Cluster]:
    mounts = f"mount -t tmpfs -o size={SMALL},mode=0777 small {small}" if small else ""
    made = Cluster(
        "launchpad.max_satellites=12",
        "launchpad.warm_satellites=1",
        "client_connection_check_interval=200ms",
        "work_mem=64kB",
        mounts=mounts,
    )
    if small:
        owner = os.stat(made.data)
        inside = Path(f"/proc/{made.postmaster()}/root{small}/space")
        inside.mkdir()
        os.chown(inside, owner.st_uid, owner.st_gid)
        made.execute(f"CREATE TABLESPACE small LOCATION '{small}/space'")
        made.execute("ALTER ROLE postgres SET temp_tablespaces = small")
    made.execute(LEDGER)
    yield made
    made.remove()


class Rounds:
    """The rounds that were played, and what came of them."""

    def __init__(self, cluster: Cluster, small: Path | None):
        self.cluster, self.small = cluster, small
        self.oracle = LeakOracle(cluster)
        self.outcomes: Counter = Counter()
        self.faults: Counter = Counter()
        self.hit = 0
        self.slowest = 0.0

    def play(self, number: int):
        chance = random.Random(f"{SEED} {number}")
        # Each kind as often as any other, in an order that chance makes.
        order = list(ONLY)
        random.Random(f"{SEED} order {number // len(order)}").shuffle(order)
        kind = order[number % len(order)]
        if not (answers(self.cluster, *LANGUAGES)):
            raise AssertionError("it does not work before the fault")
        scene = Scene(self.cluster, self._works(number, chance), chance, self.small)
        try:
            self._play(kind, scene)
        except BaseException as failure:
            log = self.cluster.log.read_text(errors="replace").splitlines()[-40:]
            failure.add_note("\n".join([told(number, kind, scene), "The server's log:", *log]))
            raise
        print(told(number, kind, scene))

    def _works(self, number: int, chance: random.Random) -> list[Work]:
        count = chance.randint(1, 4)
        return [Work(self.cluster, number * 10 + at, chance) for at in range(count)]

    def _play(self, kind: Kind, scene: Scene):
        for work in scene.works:
            work.start()
        time.sleep(
            scene.chance.choice((0, scene.chance.uniform(0, 0.05), scene.chance.uniform(0, 0.4)))
        )
        self.hit += any(work.is_alive() for work in scene.works)
        with kind.fault(scene):
            pass
        self.faults[kind.name] += 1
        ended = time.monotonic()
        allowed = HANG + (RESTART if kind.restarts else 0)
        for work in scene.works:
            work.join(max(0.0, ended + allowed - time.monotonic()))
            assert not work.is_alive(), f"{work} goes on for {allowed} s after the fault's end"
        self.slowest = max(self.slowest, time.monotonic() - ended)
        wait_until(lambda: answers(self.cluster, *LANGUAGES), allowed, "the next calls")
        for work in scene.works:
            work.verify()
            state = work.error.sqlstate if work.error else "ok"
            self.outcomes[state] += 1
            assert work.error is None or state in kind.errors, f"{work} ended in {work.error!r}"
        if kind.restarts:
            self.oracle.rebase()
        else:
            self.oracle.check(HANG)


def told(number: int, kind: Kind, scene: Scene) -> str:
    works = "".join(f"\n  {work}: {work.error!r} after {work.took:.2f} s" for work in scene.works)
    happened = ", ".join(scene.happened)
    return f"FAULTS_SEED={SEED} FAULTS_FIRST={number}: {kind.name} ({happened}) during{works}"


@pytest.mark.once
def test_faults(cluster, small, capsys):
    rounds = Rounds(cluster, small)
    for number in range(FIRST, FIRST + COUNT):
        rounds.play(number)
    outcomes = ", ".join(f"{count} {state}" for state, count in rounds.outcomes.most_common())
    with capsys.disabled():
        print(
            f"\nfaults: seed {SEED}, {rounds.faults.total()} of {len(rounds.faults)} kinds,"
            f" {rounds.hit} while transactions ran; transactions: {outcomes};"
            " 0 wrong rows, 0 leaks;"
            f" the slowest round ended {rounds.slowest:.1f} s after its fault"
        )

"""Sessions whose reads and writes are short, interrupted or refused at random, by a function that
debug builds have: the same rows as ever."""

import random
from collections.abc import Iterator

import psycopg
import pytest
from work import KINDS, LEDGER, Work

from cluster import LONG, Cluster
from oracle import LeakOracle

DISTURB = """
    CREATE FUNCTION disturb(seed int) RETURNS bool LANGUAGE C AS 'pg_launchpad', 'launchpad_disturb'
"""
SEEDS = 200 if LONG else 5


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster("launchpad.max_satellites=12", "launchpad.warm_satellites=1")
    try:
        made.execute(DISTURB)
    except psycopg.errors.UndefinedFunction:
        made.remove()
        pytest.skip("the library is not a debug build")
    made.execute(LEDGER)
    yield made
    made.remove()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_same_rows(cluster, kind):
    oracle = LeakOracle(cluster)
    for seed in range(1, SEEDS + 1):
        chance = random.Random(f"{seed} {kind.__name__}")
        work = Work(cluster, chance.randrange(1 << 30), chance)
        work.kind, work.pause = kind, 0
        work.connection.execute("SELECT disturb(%s)", [chance.randrange(1, 1 << 30)])
        work.run()
        work.verify()
        assert work.error is None, f"seed {seed}: {work} ended in {work.error!r}"
    oracle.check()

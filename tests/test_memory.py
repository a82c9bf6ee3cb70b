"""The memory of all of a script's processes together."""

import psycopg
import pytest

from calls import SLEEP, RunningCall, works

BOMB = """
import os, time
for _ in range(16):
    if os.fork() == 0:
        kept = b'x' * (200 << 20)
        time.sleep(1e9)
time.sleep(1e9)
"""
R_BOMB = """
for (i in 1:16) parallel::mcparallel({ kept <- numeric(25e6) + 1; Sys.sleep(1e9) })
Sys.sleep(1e9)
"""
POOL = """
import multiprocessing
with multiprocessing.get_context('fork').Pool(4) as pool:
    OutputDataSet = [(sum(pool.map(len, [b'x' * 1000] * 40)),)]
"""
R_POOL = "OutputDataSet <- sum(unlist(parallel::mclapply(1:40, function(i) 1000, mc.cores = 4)))"
LIMIT = "SET launchpad.memory_limit = '1GB'"


@pytest.mark.parametrize("language, bomb", [("Python", BOMB), ("R", R_BOMB)])
def test_too_much_in_many_processes(cluster, no_leaks, language, bomb):
    """Each is within its own limits."""
    other = RunningCall(cluster, SLEEP)
    other.wait_for("running")
    call = RunningCall(cluster, bomb, setup=LIMIT, language=language)
    error = call.error(20)
    assert isinstance(error, psycopg.errors.OutOfMemory), error
    assert "processes exceeded their memory limit" in error.diag.message_primary
    assert error.diag.message_hint == "launchpad.memory_limit is 1024 MB."
    # The others are untouched.
    assert other.is_alive()
    assert works(cluster, language)
    other.connection.cancel()
    assert other.error().sqlstate == "57014"


@pytest.mark.parametrize("language, pool", [("Python", POOL), ("R", R_POOL)])
def test_several_processes_within_the_limit(cluster, no_leaks, language, pool):
    call = RunningCall(cluster, pool, setup=LIMIT, language=language)
    assert call.ended(20) == [(40_000,)]

"""Limits of processes, processors and pools, as roles and superusers set them.

Where no cgroup was delegated to the server, launchpadd measures and slows down.
"""

import os
import time

import psycopg
import pytest

from calls import FORKS, SLEEP, SPIN, RunningCall, works
from cluster import wait_until

# Percent of one processor, of all its children together.
BUSY = """
import os, time
def spin(until):
    while time.monotonic() < until:
        pass
began = time.monotonic()
child = os.fork()
spin(began + 4)
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
OutputDataSet = [(int(100 * sum(os.times()[:4]) / (time.monotonic() - began)),)]
"""
# Timers whose signal makes the kernel continue whoever is stopped; each goes off once, since a
# signal that a stop takes away would not start its timer again.
WAKES_ITSELF = """
import ctypes, signal
signal.signal(signal.SIGCONT, lambda *_: None)
libc = ctypes.CDLL(None)
event = (ctypes.c_int * 16)(0, 0, signal.SIGCONT, 0)
for number in range(1, 201):
    timer = ctypes.c_void_p()
    assert libc.timer_create(1, event, ctypes.byref(timer)) == 0
    seconds, millis = divmod(40 * number, 1000)
    when = (ctypes.c_long * 4)(0, 0, seconds, millis * 1_000_000)
    assert libc.timer_settime(timer, 0, when, None) == 0
while True: pass
"""
PROCESSORS = "import os\nOutputDataSet = [(len(os.sched_getaffinity(0)),)]"
# In two pieces, so that others of the pool have some when the second comes.
HALF = """
import time
kept = b'x' * (%d << 20)
time.sleep(3)
more = b'x' * (%d << 20)
time.sleep(30)
"""


@pytest.fixture
def pool(cluster):
    """Makes pools that are gone after the test."""
    made = []

    def create(name: str, **limits):
        given = "".join(f", {limit} => {value!r}" for limit, value in limits.items())
        cluster.execute(f"SELECT launchpad.create_pool('{name}'{given})")
        made.append(name)

    yield create
    for name in made:
        cluster.execute(f"SELECT launchpad.drop_pool('{name}')")


@pytest.mark.parametrize("most", [4, 8, 100])
def test_as_many_processes_as_it_may_have(cluster, no_leaks, most):
    """Its own is one of them."""
    call = RunningCall(cluster, FORKS, setup=f"SET launchpad.max_processes = {most}")
    assert call.ended(20) == [(most,)]


def test_a_share_of_the_processors(cluster, no_leaks):
    call = RunningCall(cluster, BUSY, setup="SET launchpad.cpu_limit = 25")
    ((percent,),) = call.ended(30)
    # The burst is a twentieth of the time, and two processors are stopped a little late.
    assert 10 < percent < 40


def test_one_that_is_stopped_is_cancelled_at_once(cluster, no_leaks):
    call = RunningCall(cluster, SPIN, setup="SET launchpad.cpu_limit = 1")
    call.wait_for("running")
    time.sleep(2)
    call.connection.cancel()
    assert call.error(5).sqlstate == "57014"


def test_one_that_wakes_itself_is_ended(cluster, no_leaks):
    call = RunningCall(cluster, WAKES_ITSELF, setup="SET launchpad.cpu_limit = 10")
    error = call.error(30)
    assert error.sqlstate == "53400", error
    assert "CPU limit" in error.diag.message_primary
    assert works(cluster)


def test_some_of_the_processors(cluster, no_leaks):
    last = max(os.sched_getaffinity(0))
    call = RunningCall(cluster, PROCESSORS, setup=f"SET launchpad.cpu_affinity = '{last}'")
    assert call.ended(20) == [(1,)]
    widen = "import os\nos.sched_setaffinity(0, range(64))"
    call = RunningCall(cluster, widen, setup=f"SET launchpad.cpu_affinity = '{last}'")
    assert "Operation not permitted" in call.error(20).diag.message_primary


def test_the_memory_of_a_pool(cluster, no_leaks, pool):
    """Each is within its own limit, both together are not."""
    pool("narrow", max_memory_percent=5)
    all_of_it = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    narrow = all_of_it // 20
    script = HALF % (narrow * 35 // 100, narrow * 25 // 100)
    stranger = RunningCall(cluster, SLEEP)
    stranger.wait_for("running")
    setup = f"SET launchpad.memory_limit = '{narrow}MB'; SET launchpad.pool = 'narrow'"
    calls = [RunningCall(cluster, script, setup=setup) for _ in range(2)]
    wait_until(lambda: not all(call.is_alive() for call in calls), 30, "one is ended")
    (ended,) = [call for call in calls if not call.is_alive()]
    error = ended.error(1)
    assert isinstance(error, psycopg.errors.OutOfMemory), error
    assert "of a pool exceeded its memory limit" in error.diag.message_primary
    for call in [stranger, *calls]:
        if call is not ended:
            call.connection.cancel()
            assert call.error(5).sqlstate == "57014"
    assert works(cluster)


def test_what_a_pool_has(cluster, no_leaks, pool):
    pool("seen")
    call = RunningCall(
        cluster, FORKS.replace("200", "5") + SLEEP, setup="SET launchpad.pool = 'seen'"
    )
    call.wait_for("running")
    query = "SELECT memory, peak_memory, processes FROM launchpad.pools WHERE name = 'seen'"

    def seen():
        ((memory, peak, processes),) = cluster.execute(query)
        return memory and memory > 1 << 20 and peak >= memory and processes >= 1

    wait_until(seen, 10, "what the pool has")
    call.connection.cancel()
    assert call.error(5).sqlstate == "57014"
    assert cluster.execute(query)[0][1] > 1 << 20


def test_a_share_of_a_pool(cluster, no_leaks, pool):
    """Both together have what one would have."""
    processors = len(os.sched_getaffinity(0))
    pool("slow", max_cpu_percent=20)
    calls = [RunningCall(cluster, BUSY, setup="SET launchpad.pool = 'slow'") for _ in range(2)]
    percents = [call.ended(40)[0][0] for call in calls]
    # The burst, and four that are stopped a little late.
    assert 5 < sum(percents) < 20 * processors + 30, percents

"""A cgroup for each pool and each satellite, where the service's was delegated to the server."""

import os
import time
from pathlib import Path

import psycopg
import pytest

import processes
from calls import FORKS, SLEEP, SPIN, RunningCall, works
from cluster import wait_until

pytestmark = pytest.mark.skipif(
    not os.environ.get("LAUNCHPAD_TEST_VM"), reason="for the guest of make test-vm"
)

BOMB = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        kept = b'x' * (100 << 20)
        time.sleep(1e9)
time.sleep(1e9)
"""
FILES = """
for number in range(10):
    with open(f'/tmp/{number}', 'wb') as file:
        file.write(b'x' * (20 << 20))
OutputDataSet = [(1,)]
"""
# In two pieces, so that both have some when the second comes.
HALF = """
import time
kept = b'x' * (200 << 20)
time.sleep(5)
more = b'x' * (100 << 20)
time.sleep(1e9)
"""
# As many threads as take what there is, two processors or more.
SPIN_TWICE = """
import os
os.fork()
while True: pass
"""


def cgroup(pid: int) -> Path:
    return Path("/sys/fs/cgroup" + Path(f"/proc/{pid}/cgroup").read_text().strip().split("::")[1])


def unit(service) -> Path:
    """The delegated folder; the postmaster was moved into a leaf of it."""
    server = cgroup(service.postmaster())
    assert server.name == "server"
    return server.parent


def leaves(service) -> set[str]:
    """Of all pools."""
    return {folder.name for folder in (unit(service) / "launchpad").glob("pool-*/satellite-*")}


def read(folder: Path, *names: str) -> dict[str, str]:
    return {name: (folder / name).read_text().strip() for name in names}


def used(folder: Path) -> float:
    """Seconds of processor time."""
    times = dict(line.split() for line in (folder / "cpu.stat").read_text().splitlines())
    return int(times["usage_usec"]) / 1e6


def share(folder: Path, seconds: float) -> float:
    """How many processors it keeps busy."""
    before, began = used(folder), time.monotonic()
    time.sleep(seconds)
    return (used(folder) - before) / (time.monotonic() - began)


def running(service, script: str, *settings: str) -> tuple[RunningCall, Path]:
    """A call that has begun, and its leaf."""
    setup = "; ".join(f"SET launchpad.{setting}" for setting in settings)
    call = RunningCall(service, script, setup=setup)
    return call, cgroup(call.wait_for("running")["satellite_pid"])


def cancel(call: RunningCall):
    call.connection.cancel()
    assert call.error(30).sqlstate == "57014"


@pytest.fixture
def pool(service):
    """Makes pools that are gone after the test."""
    made = []

    def create(name: str, **limits):
        given = "".join(f", {limit} => {value!r}" for limit, value in limits.items())
        service.execute(f"SELECT launchpad.create_pool('{name}'{given})")
        made.append(name)

    yield create
    for name in made:
        service.execute(f"SELECT launchpad.drop_pool('{name}')")


def test_check_says_so(service):
    assert works(service)
    found = {item: row for item, *row in service.execute("SELECT * FROM launchpad.check()")}
    status, text, _ = found["limits: memory"]
    assert (status, text) == ("ok", f"cgroups in {unit(service)}/launchpad")
    for what in ("CPU", "pools"):
        assert found[f"limits: {what}"] == ["ok", "cgroups", ""], what
    assert found["limits: processes"][0] == "ok"
    assert found["Python: cgroup"][0] == "ok"
    assert found["host: Landlock"][0] == "ok"
    assert found["Python: Landlock"][0] == "ok"


def test_the_limits(service):
    settings = ("memory_limit = '512MB'", "cpu_limit = 150", "max_processes = 10")
    call, folder = running(service, SLEEP, *settings, "cpu_affinity = '0'")
    assert folder.parent == unit(service) / "launchpad" / "pool-default"
    tmp = 256 << 20  # launchpad.tmp_limit's default
    assert read(folder, "memory.max", "pids.max", "cpu.max", "cpuset.cpus") == {
        "memory.max": str((512 << 20) + tmp),
        # Room for what the limit inside does not count.
        "pids.max": "42",
        "cpu.max": "150000 100000",
        "cpuset.cpus": "0",
    }
    cancel(call)
    wait_until(lambda: not folder.exists(), 10, "the cgroup is gone")


def test_the_server_comes_first(service):
    assert read(unit(service) / "server", "cpu.weight") == {"cpu.weight": "1000"}
    assert read(unit(service) / "launchpad", "cpu.weight") == {"cpu.weight": "100"}


def test_a_share_of_the_processors(service):
    call, folder = running(service, SPIN, "cpu_limit = 30")
    assert 0.1 < share(folder, 10) < 0.36
    cancel(call)
    # It was the limit.
    call, folder = running(service, SPIN)
    assert share(folder, 5) > 0.5
    cancel(call)


def test_some_of_the_processors(service):
    script = "import os\nOutputDataSet = [(len(os.sched_getaffinity(0)),)]"
    call = RunningCall(service, script, setup="SET launchpad.cpu_affinity = '1'")
    assert call.ended(60) == [(1,)]


def test_as_many_processes_as_it_may_have(service):
    call = RunningCall(service, FORKS, setup="SET launchpad.max_processes = 12")
    assert call.ended(60) == [(12,)]


def test_a_pool(service, pool):
    pool("a pool/../x", max_cpu_percent=20, max_processes=50, cpu_affinity="0-1")
    call, folder = running(service, SPIN_TWICE, "pool = 'a pool/../x'")
    above = folder.parent
    assert above == unit(service) / "launchpad" / "pool-a-20pool-2f-2e-2e-2fx"
    limits = read(above, "cpu.max", "cpuset.cpus", "memory.max", "pids.max")
    processors = os.cpu_count()
    assert limits["cpu.max"] == f"{20 * processors * 1000} 100000"
    assert limits["cpuset.cpus"] == "0-1"
    assert int(limits["memory.max"]) < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 52 <= int(limits["pids.max"]) < 60  # inits, and who lingers at the end
    other, _ = running(service, SPIN_TWICE, "pool = 'a pool/../x'")
    allowed = 0.2 * processors
    assert allowed / 3 < share(above, 10) < allowed * 1.2
    # The latest definition holds, also for those that run.
    service.execute("SELECT launchpad.alter_pool('a pool/../x', max_cpu_percent => 60)")
    assert works(service)  # of another pool
    assert read(above, "cpu.max")["cpu.max"] == f"{20 * processors * 1000} 100000"
    setup = "SET launchpad.pool = 'a pool/../x'"
    again = RunningCall(service, "OutputDataSet = [(1,)]", setup=setup)
    assert again.ended(120) == [(1,)]
    assert read(above, "cpu.max")["cpu.max"] == f"{60 * processors * 1000} 100000"
    for running_call in (call, other):
        cancel(running_call)


def test_the_memory_of_a_pool(service, pool):
    """Each is within its own limit, both together are not."""
    pool("narrow", max_memory_percent=12)
    stranger, _ = running(service, SLEEP)
    setup = "SET launchpad.pool = 'narrow'"
    calls = [RunningCall(service, HALF, setup=setup) for _ in range(2)]
    wait_until(lambda: not all(call.is_alive() for call in calls), 120, "one is ended")
    ended = [call for call in calls if not call.is_alive()]
    error = ended[0].error(1)
    assert isinstance(error, psycopg.errors.OutOfMemory), error
    assert "pool" in error.diag.message_primary, error
    assert stranger.is_alive()
    for call in [stranger, *calls]:
        if call.is_alive():
            cancel(call)
    assert works(service)


def test_what_a_satellite_has(service):
    call, _ = running(service, SPIN)
    time.sleep(3)
    (line,) = [line for line in service.satellites() if line["state"] == "running"]
    assert line["memory"] > 1 << 20 and line["cpu_ms"] > 100, line
    cancel(call)


def test_too_much_in_many_processes(service):
    other = RunningCall(service, SLEEP)
    other.wait_for("running")
    call = RunningCall(service, BOMB, setup="SET launchpad.memory_limit = '256MB'")
    error = call.error(60)
    assert isinstance(error, psycopg.errors.OutOfMemory), error
    assert "processes exceeded their memory limit" in error.diag.message_primary
    assert other.is_alive()
    other.connection.cancel()
    assert other.error(30).sqlstate == "57014"
    assert works(service)


def test_files_in_memory_do_not_count_twice(service):
    call = RunningCall(service, FILES, setup="SET launchpad.memory_limit = '256MB'")
    assert call.ended(60) == [(1,)]


def wait_for_a_leaf_each(service):
    def as_many_as_satellites():
        found = processes.of_cluster(service.postmaster()).values()
        return len(leaves(service)) == sum(kind == "satellite" for kind, _ in found)

    wait_until(as_many_as_satellites, 20, "a cgroup for each satellite")


def test_a_satellite_that_fails_after_its_leaf_was_made(service):
    """The step that refuses comes later, in the satellite."""
    assert works(service)
    service.execute("ALTER SYSTEM SET launchpad.readable_paths = '/etc'")
    try:
        service.ctl("restart")
        with pytest.raises(psycopg.Error) as caught:
            works(service)
        assert caught.value.sqlstate == "55000", caught.value
        wait_for_a_leaf_each(service)
    finally:
        service.execute("ALTER SYSTEM RESET launchpad.readable_paths")
        service.ctl("restart")
    wait_until(lambda: works(service), 60, "it works again")


def test_nothing_is_left(service):
    wait_for_a_leaf_each(service)
    before = leaves(service)
    service.ctl("restart")
    wait_until(lambda: works(service), 60, "it works again")
    wait_for_a_leaf_each(service)
    assert before
    # The pools that others have used before are gone with them.
    assert {pool.name for pool in (unit(service) / "launchpad").glob("pool-*")} == {"pool-default"}

"""A cgroup for each satellite, where systemd delegated the service's to the server."""

import os
from pathlib import Path

import psycopg
import pytest

import processes
from calls import SLEEP, RunningCall, works
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


def cgroup(pid: int) -> Path:
    return Path("/sys/fs/cgroup" + Path(f"/proc/{pid}/cgroup").read_text().strip().split("::")[1])


def unit(service) -> Path:
    """The delegated folder; the postmaster was moved into a leaf of it."""
    server = cgroup(service.postmaster())
    assert server.name == "server"
    return server.parent


def leaves(service) -> set[str]:
    return {folder.name for folder in (unit(service) / "launchpad").iterdir() if folder.is_dir()}


def test_check_says_so(service):
    assert works(service)
    found = {item: row for item, *row in service.execute("SELECT * FROM launchpad.check()")}
    status, text, _ = found["host: memory of a script's processes"]
    assert (status, text) == ("ok", f"bounded by control groups in {unit(service)}/launchpad")
    assert found["Python: control group"][0] == "ok"
    assert found["host: Landlock"][0] == "ok"
    assert found["Python: Landlock"][0] == "ok"


def test_the_limits(service):
    call = RunningCall(service, SLEEP, setup="SET launchpad.memory_limit = '512MB'")
    folder = cgroup(call.wait_for("running")["satellite_pid"])
    assert folder.parent == unit(service) / "launchpad"
    limits = {name: (folder / name).read_text().strip() for name in ("memory.max", "pids.max")}
    tmp = 256 << 20  # launchpad.tmp_limit's default
    assert limits == {"memory.max": str((512 << 20) + tmp), "pids.max": "96"}
    call.connection.cancel()
    assert call.error(30).sqlstate == "57014"
    wait_until(lambda: not folder.exists(), 10, "the cgroup is gone")


def test_too_much_in_many_processes(service):
    other = RunningCall(service, SLEEP)
    other.wait_for("running")
    call = RunningCall(service, BOMB, setup="SET launchpad.memory_limit = '256MB'")
    error = call.error(60)
    assert isinstance(error, psycopg.errors.OutOfMemory), error
    assert "processes need more memory" in error.diag.message_primary
    assert other.is_alive()
    other.connection.cancel()
    assert other.error(30).sqlstate == "57014"
    assert works(service)


def test_files_in_memory_do_not_count_twice(service):
    call = RunningCall(service, FILES, setup="SET launchpad.memory_limit = '256MB'")
    assert call.ended(60) == [(1,)]


def test_nothing_is_left(service):
    def as_many_as_satellites():
        found = processes.of_cluster(service.postmaster()).values()
        return len(leaves(service)) == sum(kind == "satellite" for kind, _ in found)

    wait_until(as_many_as_satellites, 20, "a cgroup for each satellite")
    before = leaves(service)
    service.ctl("restart")
    wait_until(lambda: works(service), 60, "it works again")
    wait_until(as_many_as_satellites, 20, "a cgroup for each satellite")
    assert before

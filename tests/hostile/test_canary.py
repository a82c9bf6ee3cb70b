"""The canary sees each kind of damage: else a script that did it would pass.

On a cluster of its own. What is not planted here: a descriptor more in launchpadd, into which
nobody can put one from outside.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

import planted
from conftest import World, made_world
from oracle import LeakOracle

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can damage all of it")


@pytest.fixture(scope="module")
def spoiled():
    with made_world() as made:
        yield made


def sees(world: World, what: str):
    with pytest.raises(AssertionError, match="left behind") as caught:
        LeakOracle.check(world.canary, 0.1)
    assert what in str(caught.value)


@contextlib.contextmanager
def file(path: Path):
    path.write_text("")
    yield
    path.unlink()


def test_files(spoiled):
    data = spoiled.cluster.data
    for path, what in (
        (data / "pgsql_tmp_launchpad" / "left", "temporary folder"),
        (data / "left", "files"),
        (data.parent / "left", "files"),
        (data / "base" / "left", "files"),
        (Path("/tmp") / f"{planted.MARKER}-canary", "marks"),
        (Path("/dev/shm") / f"{planted.MARKER}-canary", "marks"),
    ):
        with file(path):
            sees(spoiled, what)
    spoiled.canary.check()


def test_process(spoiled):
    """Without parents, of the server's user, and of the launchpad by its name."""
    owner = os.stat(spoiled.cluster.data).st_uid
    started = subprocess.run(
        ["bash", "-c", "exec -a launchpad-left sleep 100 >/dev/null 2>&1 & echo $!"],
        stdout=subprocess.PIPE,
        user=owner,
        check=True,
    )
    pid = int(started.stdout)
    try:
        sees(spoiled, "processes: orphan")
    finally:
        os.kill(pid, signal.SIGKILL)
    spoiled.canary.check()


def test_mount(spoiled):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "launchpad", folder], check=True)
        try:
            sees(spoiled, "mounts")
        finally:
            subprocess.run(["umount", folder], check=True)
    spoiled.canary.check()


def test_new_zygote(spoiled):
    zygote = spoiled.told["zygote"]
    os.kill(zygote, signal.SIGKILL)
    sees(spoiled, "process: Python zygote")
    spoiled.canary.rebase()


def test_neighbour_that_ends(spoiled):
    os.kill(spoiled.neighbour.satellite, signal.SIGKILL)
    sees(spoiled, "neighbour")

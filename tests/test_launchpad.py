"""The launchpad's parts killed under calls: an error each, no cluster restart, nothing left."""

import os
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import processes
from calls import BUSY, INPUT, LANGUAGES, SLEEP, SPIN, RunningCall, texts, works
from cluster import PATIENCE, wait_until
from oracle import LeakOracle
from places import places


def only(cluster, kind: str) -> int:
    """The pid of the cluster's one process of this kind, waiting for it."""

    def look():
        members = processes.of_cluster(cluster.postmaster())
        found = [pid for pid, (name, _) in members.items() if name == kind]
        return found[0] if len(found) == 1 else None

    return wait_until(look, 10, kind)


def zygotes(cluster, language: str) -> set[int]:
    members = processes.of_cluster(cluster.postmaster())
    return {pid for pid, (name, _) in members.items() if name == f"{language} zygote"}


def launchpadd(cluster) -> int:
    return only(cluster, "launchpadd")


def test_launchpadd_killed_under_calls(cluster, no_leaks):
    calls = [
        RunningCall(cluster, SPIN),
        RunningCall(cluster, SLEEP),
        RunningCall(cluster, SLEEP, INPUT),
        RunningCall(cluster, SLEEP, BUSY),
    ]
    for call in calls:
        call.wait_for("running")
    began = cluster.execute("SELECT pg_postmaster_start_time()")
    satellites = [call.wait_for("running")["satellite_pid"] for call in calls]
    os.kill(launchpadd(cluster), signal.SIGKILL)
    for call in calls:
        error = call.error(1)
        assert error.sqlstate == "55000"
        assert "the launchpad ended" in error.diag.message_primary
    for pid in satellites:
        wait_until(lambda pid=pid: processes.gone(pid), 1, "the satellite is gone")
    assert works(cluster)
    assert cluster.execute("SELECT pg_postmaster_start_time()") == began


def test_launchpadd_killed_again_and_again(own_cluster):
    # Its own: after so many the next of the session's would be a while in coming.
    cluster = own_cluster()
    oracle = LeakOracle(cluster)
    for _ in range(10):
        before = launchpadd(cluster)
        began = time.monotonic()
        os.kill(before, signal.SIGKILL)
        wait_until(lambda before=before: launchpadd(cluster) != before, 3, "another launchpadd")
        assert time.monotonic() - began < 3 * PATIENCE
        assert works(cluster)
    oracle.check()


# Says that it listens, and dies of itself.
ABORTS = """#!/bin/sh
printf '\\0' >&3
sleep 0.05
kill -ABRT $$
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can put another launchpadd in its place")
def test_launchpadd_that_aborts_after_it_has_listened(cluster, own_cluster, tmp_path):
    """It is started more and more rarely, with one line of the log each time."""
    stub = tmp_path / "launchpadd"
    stub.write_text(ABORTS)
    stub.chmod(0o755)
    [(folder,)] = cluster.execute("SELECT setting FROM pg_config WHERE name = 'PKGLIBDIR'")
    hidden = f"{folder}/pg_launchpad/current/launchpadd"
    cluster = own_cluster(mounts=f"mount --bind {stub} {hidden}", extension=False)
    began = cluster.execute("SELECT pg_postmaster_start_time()")

    def delays() -> list[float]:
        line = r"launchpadd was ended by signal 6, starting another in ([0-9.]+) s"
        return [float(delay) for delay in re.findall(line, cluster.log.read_text())]

    wait_until(lambda: len(delays()) >= 5, 10, "five ends")
    before = len(delays())
    time.sleep(5)
    after = delays()
    assert after == sorted(after) and len(set(after)) == len(after), "each longer than the last"
    # Without delays it would be a hundred.
    assert 0 < len(after) - before <= 8
    assert cluster.execute("SELECT pg_postmaster_start_time()") == began


def test_zygotes_are_replaced(own_cluster):
    """After so many forks, without a call that waits or fails; each has a hash seed of its own."""
    cluster = own_cluster("launchpad.warm_satellites=1", "launchpad.zygote_max_forks=4")
    oracle = LeakOracle(cluster)
    seeds = set()
    with cluster.connect() as session:
        for _ in range(60):
            [seed] = texts(session, "OutputDataSet = [[str(hash('a'))]]")
            seeds.add(seed)
            assert texts(session, "OutputDataSet <- 'b'", "R") == ["b"]
    assert 2 <= len(seeds) < 30
    for language in LANGUAGES:
        line = f"zygote for {language} was replaced by a fresh one"
        assert line in cluster.log.read_text()
    # Those that were replaced are gone, with the folder that R's had, and one is left of each.
    cluster.execute("ALTER SYSTEM SET launchpad.zygote_max_forks = 0")
    cluster.execute("SELECT pg_reload_conf()")
    oracle.check(20)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the server's user can enter."""
    with tempfile.TemporaryDirectory(prefix="pglp-program.") as made:
        os.chmod(made, 0o755)
        yield Path(made)


def test_a_zygote_that_cannot_be_replaced_goes_on(own_cluster, folder):
    """The interpreter is gone when the fresh one is to be started."""
    program = folder / "python"
    venv = places("VENV")["VENV"]
    program.write_text(f'#!/bin/sh\nexec {venv}/bin/python "$@"\n')
    program.chmod(0o755)
    cluster = own_cluster(
        f"launchpad.python={program}",
        f"launchpad.readable_paths={venv}",
        "launchpad.warm_satellites=1",
        "launchpad.zygote_max_forks=4",
    )
    assert works(cluster)
    program.unlink()
    for _ in range(12):
        assert works(cluster)
    log = cluster.log.read_text()
    assert log.count("the next zygote for Python did not start, the present one goes on") == 1


def test_launchpadd_stopped(cluster, no_leaks):
    """It neither runs nor refuses anything: a call waits no longer than it would in the queue."""
    pid = launchpadd(cluster)
    os.kill(pid, signal.SIGSTOP)
    try:
        call = RunningCall(cluster, SPIN, setup="SET launchpad.queue_timeout = '100ms'")
        waiting = RunningCall(cluster, SPIN)
        active = f"SELECT state = 'active' FROM pg_stat_activity WHERE pid = {waiting.pid}"
        wait_until(lambda: cluster.execute(active) == [(True,)], 5, "the call has begun")
        waiting.connection.cancel()
        assert waiting.error(2).sqlstate == "57014"
        error = call.error(10)
        assert error.sqlstate == "55000"
        assert "does not answer" in error.diag.message_primary
    finally:
        os.kill(pid, signal.SIGCONT)
    assert works(cluster)


@pytest.mark.parametrize("language", LANGUAGES)
def test_launchpadd_stopped_while_a_script_ends(cluster, no_leaks, language):
    """Only it knows how the script's processes ended, and so whether the result is whole."""
    script = {
        "Python": "import time; time.sleep(1); OutputDataSet = [(1,)]",
        "R": "Sys.sleep(1); OutputDataSet <- data.frame(1)",
    }[language]
    call = RunningCall(cluster, script, language=language)
    call.wait_for("running")
    pid = launchpadd(cluster)
    os.kill(pid, signal.SIGSTOP)
    try:
        error = call.error(10)
        assert error.sqlstate == "55000"
        assert error.diag.message_primary == "the launchpad does not answer"
    finally:
        os.kill(pid, signal.SIGCONT)
    assert works(cluster, language)


def test_a_group_that_may_read_the_data_directory(own_cluster):
    """As after initdb -g."""
    cluster = own_cluster()
    cluster.ctl("stop")
    os.chmod(cluster.data, 0o750)
    cluster.ctl("start", "-w")
    assert works(cluster)
    folder = cluster.data / "pgsql_tmp_launchpad"
    assert oct(os.stat(folder).st_mode)[-3:] == "750"
    assert oct(os.stat(folder / "launchpad.sock").st_mode)[-3:] == "700"
    assert cluster.setting("data_directory_mode") == "0750"


def test_what_launchpadd_ends_of_is_in_the_log(own_cluster):
    cluster = own_cluster()
    cluster.ctl("stop")
    folder = cluster.data / "pgsql_tmp_launchpad"
    shutil.rmtree(folder / "root")
    (folder / "root").write_text("")
    cluster.ctl("start", "-w")
    said = 'launchpad: launchpadd ends: cannot make the subfolder "root" of '
    wait_until(lambda: said in cluster.log.read_text())
    (folder / "root").unlink()
    wait_until(lambda: works(cluster), 10)


def test_more_warm_satellites_than_calls_are_told_of(own_cluster):
    cluster = own_cluster("launchpad.max_satellites=2", "launchpad.warm_satellites=3")
    told = "launchpad.warm_satellites is 3, more than launchpad.max_satellites (2)"
    wait_until(lambda: told in cluster.log.read_text())
    assert works(cluster)


@pytest.mark.skipif(os.geteuid() != 0, reason="what cannot be dumped only root can look into")
def test_launchpadd_is_apart(cluster):
    pid = launchpadd(cluster)
    environment = os.path.join("/proc", str(pid), "environ")
    with open(environment, "rb") as file:
        names = {entry.split(b"=")[0] for entry in file.read().split(b"\0") if entry}
    assert names == {b"PATH", b"LANG"}
    assert len(os.listdir(f"/proc/{pid}/task")) == 1
    # Nothing of the server's: no data file, no WAL, no log pipe.
    links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    assert not [link for link in links if link.startswith("/") and link != "/dev/null"]
    with open(f"/proc/{cluster.postmaster()}/stat") as file:
        session = file.read().rpartition(")")[2].split()[3]
    with open(f"/proc/{pid}/stat") as file:
        assert file.read().rpartition(")")[2].split()[3] != session
    assert oct(os.stat(cluster.data / "pgsql_tmp_launchpad").st_mode)[-3:] == "700"


SLOW = {
    "Python": "import time\ntime.sleep(1)\nOutputDataSet = [(7,)]",
    "R": "Sys.sleep(1); OutputDataSet <- 7",
}


@pytest.mark.parametrize("language", SLOW)
def test_zygote_killed(cluster, no_leaks, language):
    call = RunningCall(cluster, SLOW[language], language=language)
    call.wait_for("running")
    zygote = only(cluster, f"{language} zygote")
    assert len(os.listdir(f"/proc/{zygote}/task")) == 1
    os.kill(zygote, signal.SIGKILL)
    # A satellite does not need its zygote any more.
    assert call.ended() == [(7,)]
    assert works(cluster, language)
    assert only(cluster, f"{language} zygote") != zygote


@pytest.mark.parametrize("language", SLOW)
def test_zygotes_killed_again_and_again_make_no_call_fail(cluster, no_leaks, language):
    done, outcomes = threading.Event(), []

    def client():
        while not done.is_set():
            outcomes.append(works(cluster, language))

    clients = [threading.Thread(target=client) for _ in range(4)]
    for each in clients:
        each.start()
    try:
        for number in range(9):
            time.sleep(number % 3 * 0.4)
            before = wait_until(lambda: zygotes(cluster, language), 10)
            for zygote in before:
                os.kill(zygote, signal.SIGKILL)
            wait_until(lambda seen=before: zygotes(cluster, language) - seen, 10)
    finally:
        done.set()
        for each in clients:
            each.join()
    assert outcomes
    assert all(outcomes)


def test_supervisor_asked_to_end_comes_back(cluster, no_leaks):
    before = launchpadd(cluster)
    os.kill(only(cluster, "launchpad"), signal.SIGTERM)
    wait_until(lambda: processes.gone(before), 2, "launchpadd ends with it")
    wait_until(
        lambda: launchpadd(cluster) != before and works(cluster), 10, "both are back, calls work"
    )


def members(cluster) -> set[int]:
    return set(processes.of_cluster(cluster.postmaster()))


def all_gone(pids: set[int]):
    wait_until(
        lambda: all(processes.gone(pid) for pid in pids),
        2,
        "everything ends with the postmaster",
    )


def test_postmaster_killed(own_cluster):
    cluster = own_cluster()
    call = RunningCall(cluster, SPIN)
    call.wait_for("running")
    pids = members(cluster)
    postmaster = cluster.postmaster()
    os.kill(postmaster, signal.SIGKILL)
    call.error(5)
    all_gone(pids)
    # Its lock file counts until whoever adopted it has reaped it, which may take a while.
    wait_until(lambda: not os.path.exists(f"/proc/{postmaster}"), 60, "the postmaster is reaped")
    cluster.ctl("start")
    assert works(cluster)


def test_every_kind_of_shutdown(own_cluster):
    cluster = own_cluster()
    for mode in ("smart", "fast", "immediate"):
        assert works(cluster)
        pids = members(cluster)
        began = time.monotonic()
        cluster.ctl("stop", "-m", mode)
        assert time.monotonic() - began < 5, mode
        all_gone(pids)
        cluster.ctl("start")
    call = RunningCall(cluster, SPIN)
    call.wait_for("running")
    cluster.ctl("restart", "-m", "fast")
    assert call.error().sqlstate in ("57P01", None)
    assert works(cluster)

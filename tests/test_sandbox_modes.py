"""The sandbox as the configuration file and the host make it, seen by scripts: files, users, hosts
that lack something."""

import ctypes
import os
import pwd
import signal
import tempfile
from pathlib import Path

import psycopg
import pytest

import processes
from calls import LANGUAGES, RunningCall, answers, texts, works
from cluster import can_mount, wait_until


def landlock() -> int:
    """The version of Landlock that this kernel has; 0: none."""
    create_ruleset = 444  # on x86-64 and aarch64
    return max(ctypes.CDLL(None).syscall(create_ruleset, None, ctypes.c_size_t(0), 1), 0)


LANDLOCK_ONLY = pytest.mark.skipif(landlock() == 0, reason="this kernel has no Landlock")


ROOT_ONLY = pytest.mark.skipif(not can_mount(), reason="only root can change mounts")


@pytest.fixture
def folder():
    """One that everybody can read, in a place that can be shown."""
    with tempfile.TemporaryDirectory(prefix="pglp-readable.", dir="/var/tmp") as made:
        os.chmod(made, 0o755)
        Path(made, "model").write_text("weights")
        yield made


@pytest.mark.parametrize("sandbox", ["strict", pytest.param("container", marks=LANDLOCK_ONLY)])
def test_readable_paths(own_cluster, folder, sandbox):
    cluster = own_cluster(f"launchpad.readable_paths={folder}", f"launchpad.sandbox={sandbox}")
    script = f"""
outcomes = [open("{folder}/model").read()]
for path in ("{folder}/model", "{folder}/new"):
    try: open(path, "a"); outcomes.append("through")
    except OSError as error: outcomes.append("refused")
OutputDataSet = [(outcome,) for outcome in outcomes]
"""
    with cluster.connect() as session:
        assert texts(session, script) == ["weights", "refused", "refused"]
        read = f'OutputDataSet <- readLines("{folder}/model", warn = FALSE)'
        assert texts(session, read, "R") == ["weights"]


@pytest.mark.parametrize("sandbox", ["strict", pytest.param("container", marks=LANDLOCK_ONLY)])
@pytest.mark.parametrize("path", ["the data directory", "/etc"])
def test_paths_that_cannot_be_shown(own_cluster, path, sandbox):
    cluster = own_cluster(f"launchpad.sandbox={sandbox}")
    real = str(cluster.data) if path.startswith("the") else path
    with open(cluster.data / "postgresql.conf", "a") as file:
        file.write(f"launchpad.readable_paths = '{real}'\n")
    cluster.ctl("restart", "-m", "fast")
    with pytest.raises(psycopg.Error) as caught:
        cluster.execute("SELECT * FROM execute_external_script('Python', '') AS t(a int)")
    assert caught.value.sqlstate == "55000"
    assert real in caught.value.diag.message_detail
    assert "launchpad.readable_paths" in caught.value.diag.message_hint


def log_of(cluster) -> str:
    return cluster.log.read_text(errors="replace")


@LANDLOCK_ONLY
def test_container(own_cluster, listener):
    """Without namespaces: Landlock and the filter keep scripts from files, processes, network."""
    cluster = own_cluster("launchpad.sandbox=container", "launchpad.tmp_limit=4MB")
    for language in LANGUAGES:
        assert works(cluster, language)
    assert log_of(cluster).count("launchpad.sandbox = container") == 1
    script = f"""
import errno, os, signal, socket
outcomes = []
def attempt(name, act):
    try: act(); outcomes.append((name + " through",))
    except OSError as error: outcomes.append((name + " " + errno.errorcode[error.errno],))
attempt("read the cluster", lambda: open("{cluster.data}/PG_VERSION"))
attempt("list it", lambda: os.listdir("{cluster.data}"))
attempt("write to it", lambda: open("{cluster.data}/x", "w"))
attempt("close it", lambda: os.chmod("{cluster.data}", 0))
attempt("remove from it", lambda: os.unlink("{cluster.data}/PG_VERSION"))
attempt("passwords", lambda: open("/etc/shadow"))
attempt("memory of the server", lambda: open("/proc/{cluster.postmaster()}/mem"))
attempt("signal the server", lambda: os.kill({cluster.postmaster()}, 0))
attempt("its socket", lambda: socket.socket(socket.AF_UNIX).connect("{cluster.host}/.s.PGSQL.5432"))
attempt("network", lambda: socket.create_connection(("127.0.0.1", {listener}), 5))
attempt("fork", os.fork)
attempt("program", lambda: os.execv("/bin/true", ["true"]))
attempt("fill", lambda: open("big", "wb").write(bytes(5 << 20)))
open("big", "w").close()
attempt("own file", lambda: open("fine", "w").write("x"))
OutputDataSet = outcomes
"""
    with cluster.connect() as session:
        outcomes = texts(session, script)
    assert outcomes == [
        "read the cluster EACCES",
        "list it EACCES",
        "write to it EACCES",
        "close it EPERM",
        "remove from it EACCES",
        "passwords EACCES",
        "memory of the server EACCES",
        "signal the server EPERM",
        "its socket EAFNOSUPPORT",
        "network EAFNOSUPPORT",
        "fork EPERM",
        "program EACCES",
        "fill EFBIG",
        "own file through",
    ]
    with pytest.raises(psycopg.Error) as caught:
        with cluster.connect() as session:
            session.execute("SET launchpad.allow_exec = on")
            texts(session, "")
    assert caught.value.sqlstate == "55000"
    # Each satellite's folder goes with it.
    with cluster.connect() as session:
        texts(session, "open('left', 'w').write('x')")
    wait_until(lambda: not list(cluster.work.rglob("left")), 5, "the work folder is removed")


NAMES = """
import os, tempfile
told = []
with tempfile.NamedTemporaryFile("w") as file:
    file.write("x")
told.append(os.path.getsize(file.name))
with tempfile.TemporaryFile() as file:
    file.write(b"x")
with tempfile.TemporaryDirectory() as folder:
    open(folder + "/file", "w").write("x" * 1000)
told.append(os.path.getsize(folder + "/file"))
open("one", "w").write("one")
os.rename("one", "two")
open("three", "w").write("three")
os.replace("three", "two")
told += [open("two").read(), os.path.exists("one")]
for act in (lambda: os.remove("nothing"), lambda: os.remove(folder), lambda: os.rmdir("two")):
    try: act()
    except OSError as error: told.append(type(error).__name__)
OutputDataSet = [(str(one),) for one in told]
"""


@LANDLOCK_ONLY
def test_names_in_a_container_stay(own_cluster):
    """What had no name could not be measured. What Python's library removes is empty."""
    cluster = own_cluster("launchpad.sandbox=container", "launchpad.tmp_limit=4MB")
    with cluster.connect() as session:
        assert texts(session, NAMES) == [
            *("0", "0", "three", "False"),
            *("FileNotFoundError", "IsADirectoryError", "NotADirectoryError"),
        ]
        # R's own temporary files, too.
        script = "path <- tempfile(); writeLines('x', path)\n"
        script += "OutputDataSet <- as.character(unlink(path))"
        assert texts(session, script, "R") == ["1"]


@LANDLOCK_ONLY
def test_scripts_end_cleanly_where_refused_calls_are_told(own_cluster):
    """The last calls of a satellite may be refused ones, too: it can leave no process behind."""
    cluster = own_cluster("launchpad.sandbox=container", "launchpad.log_refused_calls=on")
    said = []
    for language in LANGUAGES:
        with cluster.connect() as session:
            session.add_notice_handler(lambda notice: said.append(notice.message_primary))
            script = "OutputDataSet = [('x',)]" if language == "Python" else "OutputDataSet <- 'x'"
            assert texts(session, script, language) == ["x"]
    assert said == []


@pytest.mark.skipif(landlock() > 0, reason="this kernel has Landlock")
def test_container_without_landlock(own_cluster):
    cluster = own_cluster("launchpad.sandbox=container")
    with pytest.raises(psycopg.Error) as caught:
        works(cluster)
    assert caught.value.sqlstate == "55000"
    assert "no Landlock" in caught.value.diag.message_detail


@LANDLOCK_ONLY
def test_container_ends(own_cluster):
    cluster = own_cluster("launchpad.sandbox=container")
    running = RunningCall(cluster, "import time\nwhile True: time.sleep(1)")
    line = running.wait_for("running")
    running.connection.cancel()
    assert running.error(5).sqlstate == "57014"
    owner = f"{line['satellite_pid']}"
    wait_until(lambda: not os.path.exists(f"/proc/{owner}"), 5, "the init is gone")
    assert works(cluster)


WRITES = """
import os, time
os.makedirs("a/b")
open("a/b/large", "wb").write(bytes(1 << 20))
while True: time.sleep(1)
"""


@LANDLOCK_ONLY
@pytest.mark.parametrize("end", ["immediate", "fast", "launchpadd", "postmaster"])
def test_work_folders_in_a_container_end_with_the_launchpad(own_cluster, end):
    cluster = own_cluster("launchpad.sandbox=container", "launchpad.warm_satellites=1")
    running = RunningCall(cluster, WRITES)
    running.wait_for("running")

    def folders():
        return set(cluster.work.glob("pg_launchpad-*/work-*"))

    wait_until(lambda: list(cluster.work.glob("*/work-*/a/b/large")), 5, "what the script writes")
    began = folders()
    if end == "launchpadd":
        members = processes.of_cluster(cluster.postmaster())
        [pid] = [pid for pid, (kind, _) in members.items() if kind == "launchpadd"]
        os.kill(pid, signal.SIGKILL)
    elif end == "postmaster":
        os.kill(cluster.postmaster(), signal.SIGKILL)
    else:
        cluster.ctl("stop", "-m", end)
    # Without a start that would clear up.
    wait_until(lambda: not began & folders(), 5, "gone")
    if end == "launchpadd":
        assert works(cluster)
        return
    wait_until(lambda: not list(cluster.work.iterdir()), 5, "the launchpad's own folder, too")
    cluster.ctl("start")
    wait_until(lambda: answers(cluster), 20)


def server_user() -> str:
    return os.environ.get("CLUSTER_USER", "postgres")


@ROOT_ONLY
@pytest.mark.skipif(not os.path.exists("/usr/bin/newuidmap"), reason="there is no newuidmap")
@pytest.mark.parametrize("workers", ["auto", "on"])
def test_workers(own_cluster, workers):
    with tempfile.NamedTemporaryFile("w") as subids:
        subids.write(f"{server_user()}:400000:65536\n")
        subids.flush()
        os.chmod(subids.name, 0o644)
        mounts = "\n".join(
            f"mount --bind {subids.name} {file}" for file in ("/etc/subuid", "/etc/subgid")
        )
        cluster = own_cluster(f"launchpad.worker_uids={workers}", mounts=mounts)
        for language in LANGUAGES:
            assert works(cluster, language)
        calls = [RunningCall(cluster, "import time\ntime.sleep(30)") for _ in range(2)]
        users = {outside_user(running.wait_for("running")["satellite_pid"]) for running in calls}
        assert len(users) == 2, "each has a user of its own"
        assert all(400000 <= user < 465536 for user in users)
        for running in calls:
            running.connection.cancel()
            assert running.error(5).sqlstate == "57014"
        assert works(cluster)


def outside_user(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("Uid:")[1].split()[0])


def test_workers_that_are_missing(own_cluster):
    """Without a range, `on` refuses; the message names the setting."""
    if Path("/etc/subuid").exists() and server_user() in Path("/etc/subuid").read_text():
        pytest.skip("this host has a range for the server's user")
    cluster = own_cluster("launchpad.worker_uids=on")
    with pytest.raises(psycopg.Error) as caught:
        cluster.execute("SELECT * FROM execute_external_script('Python', '') AS t(a int)")
    assert caught.value.sqlstate == "55000"
    assert "launchpad.worker_uids" in caught.value.diag.message_hint


@ROOT_ONLY
def test_without_proc(own_cluster):
    """A host whose /proc is partly hidden, as in containers, gives satellites none."""
    hidden = next(file for file in ("/proc/kcore", "/proc/timer_list") if os.path.exists(file))
    cluster = own_cluster(mounts=f"mount --bind /dev/null {hidden}")
    script = """
import os, numpy, pandas, pyarrow
OutputDataSet = [(str(os.listdir("/proc")),), (str(len(os.sched_getaffinity(0)) > 0),)]
"""
    with cluster.connect() as session:
        assert texts(session, script) == ["[]", "True"]
        r = """
        OutputDataSet <- c(as.character(length(list.files("/proc"))), class(lm(dist ~ speed, cars)))
        """
        assert texts(session, r, "R") == ["0", "lm"]
    assert works(cluster)


@ROOT_ONLY
@pytest.mark.alone
def test_namespaces_that_are_forbidden(own_cluster):
    """A host that forbids user namespaces: refused with what would allow it."""
    limit = Path("/proc/sys/user/max_user_namespaces")
    before = limit.read_text()
    user = pwd.getpwnam(server_user())
    assert user.pw_uid != 0
    try:
        limit.write_text("0")
    except OSError:
        pytest.skip("this host's limit cannot be changed")
    try:
        cluster = own_cluster()
        with pytest.raises(psycopg.Error) as caught:
            cluster.execute("SELECT * FROM execute_external_script('Python', '') AS t(a int)")
        assert caught.value.sqlstate == "55000"
        assert '"namespaces"' in caught.value.diag.message_detail
        assert "launchpad.sandbox = container" in caught.value.diag.message_hint
        Path(cluster.data, "postgresql.auto.conf").open("a").write(
            "launchpad.sandbox = 'container'\n"
        )
        cluster.ctl("reload")
        if landlock():
            wait_until(lambda: succeeds(cluster), 10, "the container sandbox needs none")
    finally:
        limit.write_text(before)


def succeeds(cluster) -> bool:
    try:
        return works(cluster)
    except psycopg.Error:
        return False

"""What the settings of the sandbox do, seen by scripts: programs, network, files, users; and hosts
that lack something."""

import os
import pwd
import socket
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

from calls import RunningCall, works
from cluster import wait_until

LANGUAGES = ("Python", "R")
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change mounts")


def call(connection, script: str, language: str = "Python", columns: str = "a text") -> list:
    query = "SELECT * FROM execute_external_script(%s, %s) AS t(" + columns + ")"
    return [row[0] for row in connection.execute(query, (language, script)).fetchall()]


@pytest.fixture
def role(cluster, connect):
    """A session of an ordinary role for which superusers may set what they like."""
    cluster.execute(
        """CREATE ROLE sandboxed LOGIN;
        GRANT EXECUTE ON FUNCTION execute_external_script TO sandboxed"""
    )

    def session(*settings: str) -> psycopg.Connection:
        for setting in settings:
            cluster.execute(f"ALTER ROLE sandboxed SET {setting}")
        return connect(user="sandboxed")

    yield session
    cluster.execute("DROP OWNED BY sandboxed; DROP ROLE sandboxed")


RUN = {
    "Python": """
import subprocess
done = subprocess.run(["id", "-u"], capture_output=True, text=True)
OutputDataSet = [(done.stdout.strip(),)]
""",
    "R": 'OutputDataSet <- system("id -u", intern = TRUE)',
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs(role, language):
    assert call(role("launchpad.allow_exec = on"), RUN[language], language) == ["1000"]


def test_no_programs(role):
    session = role()
    with pytest.raises(psycopg.Error, match="PermissionError"):
        call(session, RUN["Python"])
    told = 'OutputDataSet <- as.character(system("true"))'
    assert call(session, told, "R") != ["0"]


def test_what_programs_cannot_do(role):
    """They are under the same filter, in the same view."""
    script = """
import subprocess
def run(*words):
    return subprocess.run(words, capture_output=True, text=True)
open("program", "w").write("#!/bin/sh\\necho ran\\n")
outcomes = [
    run("cat", "/etc/shadow").stderr.strip(),
    run("unshare", "--user", "true").returncode != 0,
    run("su", "-c", "true").returncode != 0,
    run("sh", "-c", "chmod +x program; ./program").returncode,
    run("sh", "-c", "exec /lib64/ld-linux-x86-64.so.2 ./program").returncode != 0,
    run("ls", "/").stdout.split(),
]
OutputDataSet = [(str(outcome),) for outcome in outcomes]
"""
    secret, namespace, user, own, loader, root = call(role("launchpad.allow_exec = on"), script)
    assert "No such file" in secret
    assert (namespace, user, own, loader) == ("True", "True", "126", "True")
    assert "home" not in root and "var" not in root


PARALLEL = """
import multiprocessing
with multiprocessing.get_context("{method}").Pool(2) as pool:
    OutputDataSet = [(str(sum(pool.map(abs, range(-10, 0)))),)]
"""


def test_parallel_processes(role):
    session = role("launchpad.allow_exec = on")
    for method in ("fork", "spawn", "forkserver"):
        assert call(session, PARALLEL.format(method=method)) == ["55"], method
    assert call(
        session,
        "OutputDataSet <- as.character(sum(unlist(parallel::mclapply(1:4, identity))))",
        "R",
    ) == ["10"]


JOBLIB = """
import joblib
OutputDataSet = [(str(sum(joblib.Parallel(n_jobs=2, backend="{backend}")(
    joblib.delayed(abs)(-n) for n in range(5)))),)]
"""


def test_joblib(role):
    try:
        assert call(role(), JOBLIB.format(backend="threading")) == ["10"]
    except psycopg.Error as error:
        assert "ModuleNotFoundError" in error.diag.message_primary
        pytest.skip("the environment has no joblib")
    assert call(role("launchpad.allow_exec = on"), JOBLIB.format(backend="loky")) == ["10"]


def test_threads_need_no_program(role):
    script = """
import os, numpy
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    ones = numpy.ones((200, 200))
    sums = list(pool.map(lambda n: float((ones @ ones).sum()), range(8)))
OutputDataSet = [(str(len(sums)),)]
"""
    assert call(role(), script) == ["8"]


@pytest.fixture
def listener():
    """A TCP server of the host's that greets whoever connects; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    peer.sendall(b"hello\n")

        threading.Thread(target=greet, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


CONNECT = {
    "Python": """
import socket
OutputDataSet = [(socket.create_connection(("127.0.0.1", {port}), 5).recv(5).decode(),)]
""",
    "R": """
peer <- socketConnection("127.0.0.1", {port}, open = "r", blocking = TRUE, timeout = 5)
OutputDataSet <- readLines(peer, 1)
close(peer)
""",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_network(role, listener, language):
    script = CONNECT[language].format(port=listener)
    with pytest.raises(psycopg.Error) as caught:
        call(role(), script, language)
    assert caught.value.sqlstate == "38000"
    assert call(role("launchpad.network = host"), script, language) == ["hello"]


def test_what_a_network_does_not_open(role, cluster):
    """The host's local sockets, abstract ones too, and raw ones stay out of reach."""
    name = f"launchpad-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0" + name)
        abstract.listen()
        script = f"""
import errno, socket
outcomes = []
def attempt(act):
    try: act(); outcomes.append(("through",))
    except OSError as error: outcomes.append((errno.errorcode[error.errno],))
attempt(lambda: socket.socket(socket.AF_UNIX).connect("\\0{name}"))
attempt(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)[0].connect("\\0{name}"))
attempt(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].connect("\\0{name}"))
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
attempt(lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))
attempt(lambda: open("{cluster.host}/.s.PGSQL.5432"))
OutputDataSet = outcomes
"""
        outcomes = call(role("launchpad.network = host"), script)
    assert outcomes == [
        "EAFNOSUPPORT",
        "EISCONN",
        "EPERM",
        "EPERM",
        "EAFNOSUPPORT",
        "EAFNOSUPPORT",
        "ENOENT",
    ]


def test_refused_calls_are_told(role):
    session = role("launchpad.log_refused_calls = on")
    notices = []
    session.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    script = """
import ctypes, fcntl
libc = ctypes.CDLL(None, use_errno=True)
for _ in range(3):
    assert libc.flock(1, 2) == -1 and ctypes.get_errno() == 1
OutputDataSet = [("done",)]
"""
    assert call(session, script) == ["done"]
    told = [notice for notice in notices if "refused" in notice]
    assert len(told) == 1
    said = "launchpad.log_refused_calls: the sandbox refused system call flock ("
    assert told[0].startswith(said)


@pytest.fixture
def folder():
    """One that everybody can read, in a place that can be shown."""
    with tempfile.TemporaryDirectory(prefix="pglp-readable.", dir="/var/tmp") as made:
        os.chmod(made, 0o755)
        Path(made, "model").write_text("weights")
        yield made


@pytest.mark.parametrize("sandbox", ["strict", "container"])
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
        assert call(session, script) == ["weights", "refused", "refused"]
        read = f'OutputDataSet <- readLines("{folder}/model", warn = FALSE)'
        assert call(session, read, "R") == ["weights"]


@pytest.mark.parametrize("path", ["the data directory", "/etc"])
def test_paths_that_cannot_be_shown(own_cluster, path):
    cluster = own_cluster()
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
attempt("own file", lambda: open("fine", "w").write("x"))
OutputDataSet = outcomes
"""
    with cluster.connect() as session:
        outcomes = call(session, script)
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
            call(session, "")
    assert caught.value.sqlstate == "55000"
    # Each satellite's folder goes with it.
    folder = cluster.data / "pgsql_tmp_launchpad"
    with cluster.connect() as session:
        call(session, "open('left', 'w').write('x')")
    wait_until(lambda: not list(folder.glob("*/left")), 5, "the work folder is removed")


def test_container_ends(own_cluster):
    cluster = own_cluster("launchpad.sandbox=container")
    running = RunningCall(cluster, "import time\nwhile True: time.sleep(1)")
    line = running.wait_for("running")
    running.connection.cancel()
    assert running.error(5).sqlstate == "57014"
    owner = f"{line['satellite_pid']}"
    wait_until(lambda: not os.path.exists(f"/proc/{owner}"), 5, "the init is gone")
    assert works(cluster)


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
        assert call(session, script) == ["[]", "True"]
        r = """
        OutputDataSet <- c(as.character(length(list.files("/proc"))), class(lm(dist ~ speed, cars)))
        """
        assert call(session, r, "R") == ["0", "lm"]
    assert works(cluster)


@ROOT_ONLY
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
        wait_until(lambda: succeeds(cluster), 10, "the container sandbox needs none")
    finally:
        limit.write_text(before)


def succeeds(cluster) -> bool:
    try:
        return works(cluster)
    except psycopg.Error:
        return False

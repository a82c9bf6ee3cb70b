"""What superusers can allow a role's scripts: programs, the network; and refused calls told."""

import os
import socket

import psycopg
import pytest

from calls import LANGUAGES, texts


@pytest.fixture
def role(cluster, connect):
    """A session of an ordinary role for which superusers may set what they like."""
    cluster.execute("CREATE ROLE sandboxed LOGIN")
    cluster.let_run("sandboxed")

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
    assert texts(role("launchpad.allow_exec = on"), RUN[language], language) == ["1000"]


def test_no_programs(role):
    session = role()
    for language in LANGUAGES:
        with pytest.raises(psycopg.Error) as caught:
            texts(session, RUN[language], language)
        assert caught.value.sqlstate == "38000"
        assert "launchpad.allow_exec" in caught.value.diag.message_hint, language
    told = 'OutputDataSet <- as.character(system("true"))'
    assert texts(session, told, "R") != ["0"]


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
    secret, namespace, user, own, loader, root = texts(role("launchpad.allow_exec = on"), script)
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
    for method in ("fork", "spawn"):
        assert texts(session, PARALLEL.format(method=method)) == ["55"], method
    # It sends descriptors, which takes an OS user of the satellite's own.
    with pytest.raises(psycopg.Error, match="forkserver"):
        texts(session, PARALLEL.format(method="forkserver"))
    assert texts(
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
        assert texts(role(), JOBLIB.format(backend="threading")) == ["10"]
    except psycopg.Error as error:
        assert "ModuleNotFoundError" in error.diag.message_primary
        pytest.skip("the environment has no joblib")
    assert texts(role("launchpad.allow_exec = on"), JOBLIB.format(backend="loky")) == ["10"]


def test_threads_need_no_program(role):
    script = """
import os, numpy
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    ones = numpy.ones((200, 200))
    sums = list(pool.map(lambda n: float((ones @ ones).sum()), range(8)))
OutputDataSet = [(str(len(sums)),)]
"""
    assert texts(role(), script) == ["8"]


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
        texts(role(), script, language)
    assert caught.value.sqlstate == "38000"
    if language == "Python":
        assert "launchpad.network" in caught.value.diag.message_hint
    assert texts(role("launchpad.network = host"), script, language) == ["hello"]


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
        outcomes = texts(role("launchpad.network = host"), script)
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
    assert texts(session, script) == ["done"]
    told = [notice for notice in notices if "refused" in notice]
    assert len(told) == 1
    said = "launchpad.log_refused_calls: the sandbox refused system call flock ("
    assert told[0].startswith(said)


def test_a_script_that_has_all_its_processes_ends_cleanly(cluster, no_leaks):
    """No process more can be left behind at its end."""
    script = """
import os, time
children = 0
while True:
    try:
        if os.fork() == 0: time.sleep(1e9)
        children += 1
    except BlockingIOError:
        break
OutputDataSet = [(str(children > 10),)]
"""
    with cluster.connect() as session:
        assert texts(session, script) == ["True"]

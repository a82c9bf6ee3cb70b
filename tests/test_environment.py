"""Which interpreter runs: a wrong one is an error at the call, and a reload mends it."""

import os
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from calls import works
from cluster import wait_until
from places import places


def use(cluster, python: str):
    cluster.execute(f"ALTER SYSTEM SET launchpad.python = '{python}'")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: cluster.setting("launchpad.python") == python)


def failure(cluster) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        works(cluster)
    assert caught.value.sqlstate == "55000"
    assert "launchpad.python" in caught.value.diag.message_hint
    return caught.value


def refused(cluster, words: str) -> bool:
    """Whether a call is refused for that reason by now: a reload takes a moment to arrive."""
    try:
        works(cluster)
    except psycopg.Error as error:
        assert error.sqlstate == "55000"
        return words in (error.diag.message_detail or "")
    return False


def test_wrong_interpreters(own_cluster, tmp_path):
    cluster = own_cluster()
    good = cluster.setting("launchpad.python")
    assert works(cluster)

    use(cluster, "/no/such/python")
    wait_until(lambda: refused(cluster, "No such file"), 10)
    use(cluster, "/bin/false")
    wait_until(lambda: not refused(cluster, "No such file"), 10)
    failure(cluster)
    # The system's own has no pandas; what it says about that is passed on.
    use(cluster, "/usr/bin/python3")
    wait_until(lambda: refused(cluster, "No module named"), 10)
    assert "does not start" in failure(cluster).diag.message_primary

    lines = [line for line in cluster.log.read_text().splitlines() if "launchpad: " in line]
    assert len(lines) < 20, "\n".join(lines)

    use(cluster, good)
    wait_until(lambda: not refused(cluster, ""), 10)
    assert works(cluster)


def test_broken_from_the_start(own_cluster):
    cluster = own_cluster("launchpad.python=/no/such/python")
    wait_until(lambda: refused(cluster, "No such file"), 10)
    # An error at the call is all: the server lives, and everything else of it works.
    assert cluster.execute("SELECT 1") == [(1,)]
    assert "Python" not in {line["language"] for line in cluster.satellites()}


def test_a_package_that_fails_at_its_import(own_cluster):
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="pglp-broken.") as folder:
        os.chmod(folder, 0o755)
        make = [places("PYTHON")["PYTHON"], "-m", "venv", "--without-pip", folder]
        subprocess.run(make, check=True)
        (packages,) = Path(folder).glob("lib/python3*/site-packages")
        (packages / "numpy.py").write_text('raise TypeError("boom")\n')
        cluster = own_cluster(f"launchpad.python={folder}/bin/python")
        wait_until(lambda: refused(cluster, "TypeError: boom"), 10)
        assert "cannot be imported" in failure(cluster).diag.message_hint


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def programs():
    """A folder of the server's, for programs that do not what is expected."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="pglp-programs.") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_an_interpreter_that_hangs(own_cluster, programs):
    program = executable(programs / "python", "#!/bin/sh\nexec sleep 98765\n")
    cluster = own_cluster(f"launchpad.python={program}", "launchpad.queue_timeout=3s")
    error = failure(cluster)
    assert error.diag.message_primary == "the Python environment is not loaded yet"
    assert "names a program that hangs" in error.diag.message_hint
    check = "SELECT status, advice FROM launchpad.check() WHERE item = 'Python: environment'"
    assert cluster.execute(check) == [("ok", "")]
    line = "environment for Python is not loaded after 10 s: launchpad.python may name"
    wait_until(lambda: line in cluster.log.read_text(), 15)
    status, advice = cluster.execute(check)[0]
    assert status == "failed" and "launchpad.python names a program that hangs" in advice
    failure(cluster)
    time.sleep(1)
    assert cluster.log.read_text().count(line) == 1
    # Another one helps at once, and the one that hangs is gone.
    use(cluster, places("VENV")["VENV"] + "/bin/python")
    wait_until(lambda: not refused(cluster, ""), 10)
    assert works(cluster)
    wait_until(lambda: not subprocess.run(["pgrep", "-f", "sleep 98765"], check=False).stdout)


def test_a_traceback_is_logged_once(own_cluster, programs):
    lines = "".join(f"echo '  line {number} of it' >&2\n" for number in range(30))
    text = f"#!/bin/sh\n{lines}echo 'RuntimeError: broken' >&2\nexit 1\n"
    cluster = own_cluster(f"launchpad.python={executable(programs / 'python', text)}")
    wait_until(lambda: refused(cluster, "RuntimeError: broken"), 10)
    for _ in range(5):
        detail = failure(cluster).diag.message_detail
        assert detail == (
            "the zygote exited with status 1: RuntimeError: broken\n"
            "The server log has the complete message."
        )
    assert cluster.log.read_text().count("line 29 of it") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a folder of another user's")
def test_a_link_into_another_home_is_named(own_cluster, programs):
    target = executable(programs / "home/versions/bin/python3", "#!/bin/sh\n")
    os.chmod(programs / "home", 0o700)
    program = programs / "venv/bin/python"
    program.parent.mkdir(parents=True)
    program.symlink_to(target)
    cluster = own_cluster(f"launchpad.python={program}")
    wait_until(lambda: refused(cluster, "Permission denied"), 10)
    error = failure(cluster)
    assert error.diag.message_detail == (
        f'cannot execute "{program}": Permission denied: "{program}" leads to "{target}",'
        f' and the server\'s user cannot enter "{programs}/home"'
    )
    hint = "launchpad.python must name a program that the server's user can execute."
    assert error.diag.message_hint == hint


def test_settings_follow_a_reload(own_cluster):
    cluster = own_cluster("launchpad.warm_satellites=1")

    def warm(number: int) -> bool:
        states = Counter((line["language"], line["state"]) for line in cluster.satellites())
        return all(states[language, "warm"] == number for language in ("Python", "R"))

    wait_until(lambda: warm(1), 10)
    cluster.execute("ALTER SYSTEM SET launchpad.warm_satellites = 3")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: warm(3), 10)
    cluster.execute("ALTER SYSTEM SET launchpad.warm_satellites = 0")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: warm(0), 10)
    assert works(cluster)


def test_a_long_data_directory(own_cluster):
    """A socket's address holds 107 bytes; a data directory's path may hold more."""
    cluster = own_cluster()
    cluster.ctl("stop")
    long = cluster.data.parent / ("d" * 120)
    os.rename(cluster.data, long)
    os.symlink(long, cluster.data)
    cluster.ctl("start")
    assert works(cluster)

"""launchpad.work_directory: where the container sandbox keeps scripts' files; what is refused."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import processes
from calls import RunningCall, texts, works
from cluster import Cluster, has_work_directory, wait_until
from test_sandbox_modes import LANDLOCK_ONLY, ROOT_ONLY, succeeds

pytestmark = [
    LANDLOCK_ONLY,
    pytest.mark.skipif(not has_work_directory(), reason="/dev/shm is no other file system"),
]

CONTAINER = "launchpad.sandbox=container"
ROW = "host: work directory"
STRANGER = 4321


@pytest.fixture
def container(own_cluster) -> Callable[..., Cluster]:
    """Makes clusters with that sandbox, with Python alone."""

    def make(*settings: str, **options) -> Cluster:
        return own_cluster(
            CONTAINER, "launchpad.r=", "launchpad.warm_satellites=1", *settings, **options
        )

    return make


@pytest.fixture
def folder(tmp_path_factory) -> Iterator[Path]:
    """In /dev/shm, as sticky and open to all as /tmp is."""
    made = Path("/dev/shm") / f"pglp.shared.{os.getpid()}"
    made.mkdir()
    made.chmod(0o1777)
    yield made
    shutil.rmtree(made)


def configure(cluster: Cluster, directory: str):
    command = sql.SQL("ALTER SYSTEM SET launchpad.work_directory = {}").format(directory)
    with cluster.connect() as session:
        session.execute(command)
        session.execute("SELECT pg_reload_conf()")
    wait_until(lambda: cluster.setting("launchpad.work_directory") == directory)


def found(cluster: Cluster) -> tuple[str, str, str]:
    query = "SELECT status, found, advice FROM launchpad.check() WHERE item = %s"
    with cluster.connect() as session:
        return session.execute(query, (ROW,)).fetchone()


def is_refused(cluster: Cluster, reason: str):
    """By the row of the check, and by calls."""

    def told():
        status, text, advice = found(cluster)
        return status == "failed" and reason in text and "launchpad.work_directory" in advice

    wait_until(told, 10, f"a row with {reason!r}")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as caught:
        works(cluster)
    said = caught.value.diag
    assert 'Step "work directory": ' in said.message_detail
    assert reason in said.message_detail
    assert "launchpad.work_directory" in said.message_hint


def own(folder: Path) -> list[Path]:
    return sorted(folder.glob("pg_launchpad-*"))


def zygotes(cluster: Cluster) -> set[int]:
    members = processes.of_cluster(cluster.postmaster())
    return {pid for pid, (kind, _) in members.items() if "zygote" in kind}


def owner(cluster: Cluster) -> int:
    return cluster.data.stat().st_uid


def test_directories_that_are_refused(container):
    """Each by a reload, of a server that goes on; the strict sandbox looks at none of them."""
    cluster = container()
    assert works(cluster)
    assert found(cluster) == ("ok", str(own(cluster.work)[0]), "")
    data = cluster.data
    for directory, reason in (
        ("", "launchpad.work_directory is empty"),
        ("/nowhere", 'cannot look at "/nowhere": No such file'),
        ("/etc/passwd", '"/etc/passwd" is not a directory'),
        (str(data.parent), "is on the file system of the data directory"),
        (str(data), "is in the data directory"),
        (str(data / "base"), "is in the data directory"),
        (str(data / "pg_wal"), "is in the data directory"),
        ("/sys/kernel", "cannot make "),
    ):
        configure(cluster, directory)
        is_refused(cluster, reason)
    assert not own(cluster.work), "the one before is removed"
    cluster.execute("ALTER SYSTEM SET launchpad.sandbox = 'strict'")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: succeeds(cluster), 20, "the strict sandbox needs none")
    assert found(cluster)[0] == "ok"


def test_a_reload_moves_the_work_folders(container, folder):
    """To a path that nobody would choose. Calls that run keep theirs until they end."""
    cluster = container()
    odd = folder / f'it\'s "two" words, $HOME *; {"x" * 150}'
    odd.mkdir()
    os.chown(odd, owner(cluster), -1)
    running = RunningCall(cluster, "import time\nopen('kept', 'w')\ntime.sleep(60)")
    running.wait_for("running")
    wait_until(lambda: list(cluster.work.glob("*/work-*/kept")))
    before = zygotes(cluster)
    configure(cluster, str(odd))
    wait_until(lambda: own(odd) and zygotes(cluster) - before, 10, "a zygote for the new folder")
    wait_until(lambda: succeeds(cluster), 10)
    with cluster.connect() as session:
        place = texts(session, "import os; open('x', 'w'); OutputDataSet = [(os.getcwd(),)]")[0]
    assert place.startswith(f"{odd}/pg_launchpad-")
    assert list(cluster.work.glob("*/work-*/kept"))
    running.connection.cancel()
    assert running.error(5).sqlstate == "57014"
    wait_until(lambda: not own(cluster.work), 5, "the old folder goes with its last call")
    # One that does not concern the sandbox changes nothing.
    before = zygotes(cluster)
    cluster.execute("ALTER SYSTEM SET launchpad.sandbox = 'strict'")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: not own(odd) and zygotes(cluster) and not zygotes(cluster) & before, 20)
    wait_until(lambda: succeeds(cluster), 20)
    before = zygotes(cluster)
    configure(cluster, str(folder))
    assert works(cluster)
    assert zygotes(cluster) == before


@ROOT_ONLY
def test_what_other_users_put_in_the_way(container, folder):
    cluster = container()
    link = folder / "link"
    link.symlink_to(cluster.work)
    for path, reason in ((link, f'"{link}" belongs to user id {STRANGER}'),):
        os.lchown(path, STRANGER, -1)
        configure(cluster, str(path))
        is_refused(cluster, reason)
    theirs = folder / "theirs"
    theirs.mkdir()
    theirs.chmod(0o1777)
    os.chown(theirs, STRANGER, -1)
    configure(cluster, str(theirs))
    is_refused(cluster, f'"{theirs}" belongs to user id {STRANGER}')
    inner = theirs / "inner"
    inner.mkdir()
    os.chown(inner, owner(cluster), -1)
    configure(cluster, str(inner))
    is_refused(cluster, f'"{theirs}" belongs to user id {STRANGER}')
    # A link of root's is as good as what it leads to, and one's own as well.
    for user in (0, owner(cluster)):
        os.lchown(link, user, -1)
        configure(cluster, str(link))
        wait_until(lambda: succeeds(cluster), 10)
        configure(cluster, "")
        is_refused(cluster, "is empty")
    closed = folder / "closed"
    closed.mkdir(mode=0o755)
    configure(cluster, str(closed))
    is_refused(cluster, "Permission denied")
    closed.chmod(0o777)
    configure(cluster, f"{closed}/")
    is_refused(cluster, f'"{closed}" has mode 0777')
    closed.chmod(0o1777)
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: succeeds(cluster), 10)


def test_clusters_that_share_a_directory(container, folder):
    """Each has a folder; what a dead one has left is removed by the next, and nothing else."""
    setting = f"launchpad.work_directory={folder}"
    first = container(setting)
    running = RunningCall(first, "import time\nopen('kept', 'w')\ntime.sleep(60)")
    running.wait_for("running")
    [kept] = wait_until(lambda: list(folder.glob("*/work-*/kept")))
    left = folder / "pg_launchpad-00000000000000aa-3"
    (left / "work-1" / "inner").mkdir(parents=True)
    stranger = folder / "pg_launchpad-00000000000000ab-3"
    stranger.mkdir()
    link = folder / "pg_launchpad-00000000000000ac-3"
    link.symlink_to(first.work)
    os.lchown(link, owner(first), -1)
    for path in (left, left / "work-1", left / "work-1" / "inner"):
        os.chown(path, owner(first), -1)
    if os.geteuid() == 0:
        os.chown(stranger, STRANGER, -1)
    second = container(setting)
    assert works(second) and works(first)
    wait_until(lambda: not left.exists(), 5, "what a dead launchpadd has left")
    assert kept.exists() and link.is_symlink()
    assert stranger.exists() or os.geteuid() != 0
    second.ctl("stop", "-m", "immediate")
    expected = {kept.parent.parent, link, stranger if os.geteuid() == 0 else link}
    wait_until(lambda: set(folder.iterdir()) == expected, 5, "the second's is removed")
    assert works(first)
    running.connection.cancel()
    assert running.error(5).sqlstate == "57014"
    second.ctl("start")
    assert works(second)


def test_a_directory_that_is_removed(container, folder):
    """While the server runs: the folder of the launchpad's, then all of it."""
    directory = folder / "inner"
    cluster = container()
    directory.mkdir()
    os.chown(directory, owner(cluster), -1)
    configure(cluster, str(directory))
    wait_until(lambda: succeeds(cluster), 10)
    for _ in range(2):
        [made] = wait_until(lambda: own(directory))
        shutil.rmtree(made)
        # Nobody gets a satellite that works in what is gone.
        assert works(cluster)
        with cluster.connect() as session:
            assert texts(session, "open('x', 'w').write('x'); OutputDataSet = [('x',)]") == ["x"]
        assert own(directory) != [made]
    directory.rename(folder / "moved")
    wait_until(lambda: not succeeds(cluster), 10)
    is_refused(cluster, "No such file")
    (folder / "moved").rename(directory)
    # Without a reload, in time.
    wait_until(lambda: succeeds(cluster), 60)
    assert cluster.execute("SELECT 1") == [(1,)]


WRITES = {
    "Python": "open('x', 'w').write('x'); OutputDataSet = [('x',)]",
    "R": "writeLines('x', 'x'); OutputDataSet <- 'x'",
}


@pytest.mark.parametrize("event", ["a reload", "a zygote's end"])
def test_scripts_of_all_languages_write_when_the_folder_is_another(own_cluster, event):
    """Zygotes may write in one folder: those that are there are replaced with it."""
    cluster = own_cluster(CONTAINER, "launchpad.warm_satellites=1")

    def write():
        with cluster.connect() as session:
            for language, script in WRITES.items():
                assert texts(session, script, language) == ["x"]

    write()
    [made] = own(cluster.work)
    shutil.rmtree(made)
    if event == "a reload":
        cluster.execute("SELECT pg_reload_conf()")
    else:
        members = processes.of_cluster(cluster.postmaster())
        [pid] = [pid for pid, (kind, _) in members.items() if kind == "R zygote"]
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: set(own(cluster.work)) - {made}, 10, "another folder")
    for _ in range(3):
        write()


MOUNTED = "mount -t tmpfs -o size=8m,nr_inodes=64,mode=1777 pglp-full /mnt"
FILL = """
try:
    for number in range(100):
        with open(f"file-{number}", "wb") as file:
            file.write(bytes(1 << 20))
except OSError as error:
    told = error.strerror
OutputDataSet = [(told,)]
"""
MANY = "for number in range(100): open(f'file-{number}', 'w')"


def within(cluster: Cluster, *command: str):
    """Runs it where the server's mounts are."""
    where = ["nsenter", "--mount", "--target", str(cluster.postmaster())]
    subprocess.run([*where, *command], check=True)


@ROOT_ONLY
def test_a_full_file_system(container):
    """Scripts fail, others of them too; the server does not, and its data directory has room."""
    limit = "launchpad.tmp_limit=1GB"
    cluster = container("launchpad.work_directory=/mnt", limit, mounts=MOUNTED)
    query = "SELECT status, found FROM launchpad.check() WHERE item = 'host: space for /tmp'"
    [(status, text)] = cluster.execute(query)
    assert status == "missing" and "in the work directory" in text, text
    with cluster.connect() as session:
        assert texts(session, FILL) == ["No space left on device"]
    assert works(cluster)
    # Not even a folder can be made any more: no satellite comes of that.
    error = RunningCall(cluster, MANY).error(10)
    assert error.sqlstate == "53100" and "No space left" in error.diag.message_primary
    assert "launchpad.work_directory" in error.diag.message_hint
    within(cluster, "sh", "-c", "i=0; while mkdir /mnt/x$i 2>/dev/null; do i=$((i + 1)); done")
    wait_until(lambda: not succeeds(cluster), 10)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as caught:
        works(cluster)
    assert "No space left on device" in caught.value.diag.message_detail
    assert "launchpad.work_directory" in caught.value.diag.message_hint
    cluster.execute("CREATE TABLE still AS SELECT generate_series(1, 1000)")
    within(cluster, "sh", "-c", "rmdir /mnt/x*")
    wait_until(lambda: succeeds(cluster), 60)


# Holds 20 MB that have no name any more, as a script would that found a way to it.
NAMELESS = (
    "exec 3>/mnt/lost; head -c 20971520 /dev/zero >&3; rm /mnt/lost; sleep 60 >/dev/null & echo $!"
)
SLEEP = "import time\ntime.sleep(60)"


@ROOT_ONLY
def test_blocks_without_names_are_counted(container):
    """Where the file system holds nothing else. From outside nobody can see whose they are: the
    one that alone can have them is ended."""
    mounts = MOUNTED.replace("size=8m", "size=64m")
    cluster = container("launchpad.work_directory=/mnt", "launchpad.tmp_limit=1MB", mounts=mounts)
    holders = []

    def hold():
        where = ["nsenter", "--mount", "--target", str(cluster.postmaster()), "sh", "-c"]
        done = subprocess.run([*where, NAMELESS], stdout=subprocess.PIPE, check=True, text=True)
        holders.append(int(done.stdout))

    try:
        first = RunningCall(cluster, SLEEP)
        first.wait_for("running")
        time.sleep(1)
        hold()
        error = first.error(10)
        assert error.sqlstate == "53400"
        assert "launchpad.tmp_limit" in error.diag.message_hint
        # They were there before this one.
        second = RunningCall(cluster, SLEEP)
        second.wait_for("running")
        time.sleep(3)
        assert second.outcome is None
    finally:
        for pid in holders:
            os.kill(pid, signal.SIGKILL)
    second.connection.cancel()
    assert second.error(5).sqlstate == "57014"
    assert works(cluster)


@ROOT_ONLY
def test_a_file_system_that_becomes_read_only(container):
    cluster = container("launchpad.work_directory=/mnt", mounts=MOUNTED)
    assert works(cluster)
    remount = ["nsenter", "--mount", "--target", str(cluster.postmaster())]
    remount += ["mount", "-o", "remount,ro", "/mnt"]
    # Not while the folder of one that ended is being removed.
    wait_until(lambda: subprocess.run(remount, capture_output=True).returncode == 0)
    wait_until(lambda: not succeeds(cluster), 10)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as caught:
        works(cluster)
    assert "Read-only file system" in caught.value.diag.message_detail
    assert "launchpad.work_directory" in caught.value.diag.message_hint
    within(cluster, "mount", "-o", "remount,rw", "/mnt")
    wait_until(lambda: succeeds(cluster), 60)


@ROOT_ONLY
def test_mounts_of_the_same_file_system(container):
    """A part of the data directory's, mounted elsewhere; and what an unmounted one leaves."""
    mounts = "mount --bind /tmp /mnt"
    cluster = container("launchpad.work_directory=/mnt", mounts=mounts)
    is_refused(cluster, '"/mnt" is on the file system of the data directory')
    within(cluster, "mount", "-t", "tmpfs", "-o", "mode=1777", "pglp-over", "/mnt")
    wait_until(lambda: succeeds(cluster), 60, "without a reload, in time")
    within(cluster, "umount", "--lazy", "/mnt")
    wait_until(lambda: not succeeds(cluster), 10)
    is_refused(cluster, '"/mnt" is on the file system of the data directory')

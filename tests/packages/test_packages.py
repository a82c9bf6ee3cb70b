"""Packages that an administrator has installed and that misbehave when a zygote, or a script, loads
them: none of their code reaches a file beyond the view, a socket, a program, or a process outside.
Each attack tells from inside what came of it; what is outside tells whether anybody was there.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import installed
import psycopg
import pytest
from outside import MARK
from world import PREFIX, SITE, World, made_world

import processes
from calls import RunningCall, answers, works
from cluster import can_mount, wait_until
from test_launchpad import launchpadd as pid_of_launchpadd

READ = """
import json, evil
told = {name: getattr(evil, name) for name in ("deliveries", "results", "found")}
OutputDataSet = [(json.dumps(told, default=str),)]
"""


def landlock() -> int:
    """The version of Landlock that this kernel has; 0: none."""
    create_ruleset = 444  # on x86-64 and aarch64
    return max(ctypes.CDLL(None).syscall(create_ruleset, None, ctypes.c_size_t(0), 1), 0)


# Signals and abstract names are Landlock's from version 6 on.
CONTAINER = pytest.mark.skipif(landlock() < 6, reason="this kernel has no Landlock, or an old one")
MODES = ("strict", pytest.param("container", marks=CONTAINER))


def documented(request, why: str, holds: bool = True):
    """What is not stopped; the test fails once it is, and the documents with it."""
    if holds:
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=why))


@pytest.fixture(scope="module", params=MODES)
def world(request) -> Iterator[World]:
    with made_world(request.param) as made:
        installed.r_library(made.packages, ("evil",), made.native_facts())
        installed.opened(made.packages)
        made.configure("r", "/usr/bin/R")
        wait_until(lambda: answers(made.cluster, "R"), 20, "R works")
        yield made


@pytest.fixture(scope="module")
def attacked(world) -> dict:
    """What came of all attacks at one import."""
    world.load("attacks", native=True)
    told = json.loads(world.told(READ)[0])
    world.check()
    return told


def through(results: dict, *beginnings: str) -> dict:
    """The attacks with these beginnings that succeeded; there must be some that did not."""
    ours = {name: came for name, came in results.items() if name.startswith(beginnings)}
    assert ours, f"nothing was tried: {beginnings}"
    return {name: came for name, came in ours.items() if came == "through"}


def native(text: str) -> dict:
    """The lines of evil.c."""
    lines = (line.rpartition(": ") for line in text.splitlines())
    return {name: came for name, _, came in lines}


def test_every_way_of_delivery(attacked):
    ways = {"pth", "sitecustomize", "optional"}
    if shutil.which("gcc"):
        ways.add("library")
    # An interpreter that has a sitecustomize of its own runs that one.
    assert ways - set(attacked["deliveries"]) <= {"sitecustomize"}
    assert attacked["deliveries"][0] == "pth"


def test_files(attacked):
    results, found = attacked["results"], attacked["found"]
    assert not through(results, "read ", "list ", "write "), found
    # One that is made for it.
    if results["look at /etc/passwd"] == "through":
        assert found["look at /etc/passwd"] != Path("/etc/passwd").read_text()


def test_what_it_writes_stays_with_it(world, attacked):
    """In the strict sandbox it has a folder in memory that nobody else sees."""
    assert through(attacked["results"], "may write ")
    if world.sandbox == "strict":
        assert not os.path.exists(f"/tmp/{MARK}")
        assert not works_with_file(world, f"/tmp/{MARK}")
    else:
        assert not works_with_file(world, f"{world.writable[0]}/{MARK}")


def works_with_file(world, path: str) -> bool:
    script = f"import os; OutputDataSet = [(str(os.access({path!r}, os.R_OK)),)]"
    if world.sandbox == "container":
        script = f"""
try: open({path!r}); came = "True"
except OSError: came = "False"
OutputDataSet = [(came,)]
"""
    return world.told(script) == ["True"]


def test_processes(world, attacked):
    results, found = attacked["results"], attacked["found"]
    assert not through(results, "signal ", "read /proc/")
    seen = [text for name, text in found.items() if name.startswith("look at /proc/")]
    programs = {text.split("\0")[0].split(":")[0].rpartition("/")[2] for text in seen}
    assert not programs & {"postgres", "launchpadd", "sleep"}
    if world.sandbox == "container":
        assert results["look at /proc"] != "through"


def test_sockets(attacked):
    assert not through(attacked["results"], "connect ", "make ")


def test_programs(attacked):
    assert not through(attacked["results"], "run ")


def test_environment_and_descriptors(world, attacked):
    found = attacked["found"]
    # The file that a .pth line stands in is open while it runs.
    others = [name for name in found["descriptors"][3:] if not name.endswith(".pth")]
    assert len(others) == 1 and others[0].startswith("socket:")
    assert not [name for name in found["environment"] if name.startswith(("PG", "POSTGRES"))]
    assert str(world.cluster.data) not in json.dumps(found["environment"])


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs a compiler")
def test_native_code(attacked):
    """A library's constructor, and the same with every right over namespaces of its own."""
    came = native(attacked["found"]["library"])
    assert came["the library loaded"] == "refused"
    assert len(came) > 100
    limits = through(came, "prlimit")
    assert through(came, "").keys() <= limits.keys()


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs a compiler")
def test_limits_of_other_processes(world, attacked):
    assert not through(native(attacked["found"]["library"]), "prlimit")


@pytest.mark.parametrize("role", ["reader", "other"])
def test_r_in_a_script(world, role):
    """The same package as the zygote may load."""
    world.load("attacks", native=True)
    lines = world.told("in_a_script <- TRUE; OutputDataSet <- evil::told()", "R", role)
    came = native("\n".join(lines))
    assert len(came) > 50
    assert not through(came, "")
    world.check()


@pytest.mark.parametrize(
    "kind, words",
    [
        ("thread", "thread"),
        ("open_file", "has left descriptors open"),
        ("open_pipe", "has left descriptors open"),
        ("open_pair", "has left descriptors open"),
        ("exits", "exited with status 7"),
        ("leaves", "leaving so soon"),
        ("raises", "RuntimeError: not on this machine"),
        ("crashes", "was ended by signal 11"),
        ("closes_channel", "closed its channel"),
        ("speaks_early", "sent a malformed message"),
        ("sleeps", "not loaded yet"),
        ("forks", "started processes"),
    ],
)
def test_environments_that_do_not_start(world, kind, words):
    """An error at the call says why; everything else goes on."""
    world.install(kind)
    error = world.refusal(words)
    assert error.sqlstate == "55000", error
    assert "launchpad.python" in error.diag.message_hint
    world.check()


def test_a_flood_at_the_start(world):
    world.load("floods")
    assert world.cluster.log.stat().st_size < 1 << 20
    world.check()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can tell which process sleeps")
def test_a_process_that_is_left_behind(world):
    """It ends with its environment."""
    world.load("forks_later")
    folder = str(world.made["forks_later"])
    # The launcher's own are the zygote and satellites: those that ask for nothing else sleep.
    ours = processes.everything().values()
    left = [p.pid for p in ours if p.title.startswith(folder) and _sleeps(p.pid)]
    assert left
    world.load("attacks", native=True)
    wait_until(lambda: all(map(processes.gone, left)), 5, "they have ended")
    world.check()


def _sleeps(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "nanosleep" in Path(f"/proc/{pid}/wchan").read_text()
    return False


MEMORY = ("anonymous", "memory file", "System V", "POSIX", "file 0", "files")


@pytest.fixture(scope="module")
def left(world) -> dict[str, list[str]]:
    """By when the zygote made it: where a role's script finds what another one's has left."""
    return {kind: found_by_another(world, kind) for kind in ("memory", "memory_later")}


def found_by_another(world: World, kind: str) -> list[str]:
    folder = world.install(kind)

    def came():
        try:
            return world.told(PREFIX) == [str(folder)]
        except psycopg.Error as error:
            return error if "shared memory" in str(error.diag.message_detail) else None

    # It may be refused as well.
    if isinstance(wait_until(came, 20, kind), psycopg.Error):
        return []
    world.told("import evil; evil.leave('left behind'); OutputDataSet = [('',)]", role="other")
    look = "import evil; seen = evil.look_for('left behind'); OutputDataSet = [(n,) for n in seen]"
    return world.told(f"{look} or [('',)]")


@pytest.mark.parametrize("kind", ["memory", "memory_later"])
@pytest.mark.parametrize("way", MEMORY)
def test_memory_is_not_shared(request, world, left, kind, way):
    why = (
        "as documented: without namespaces a file that the zygote has mapped is all its satellites'"
    )
    documented(request, why, way == "file 0" and world.sandbox == "container")
    if way == "files":
        assert not [name for name in left[kind] if " in " in name]
    else:
        assert way not in left[kind]
    assert "private" not in left[kind]


def test_a_changed_numpy(world):
    """Scripts get what the package says, and nobody else."""
    world.load("changed_numpy")
    script = "import numpy; OutputDataSet = [(str(list(map(int, numpy.array([1, 2])))),)]"
    assert world.told(script) == ["[6, 6, 6]"]
    with pytest.raises(psycopg.Error, match="division"):
        world.told("import numpy; OutputDataSet = [(str(numpy.ones(1)),)]")
    world.check()


@pytest.fixture(scope="module")
def hooked(world) -> tuple[dict, list[int]]:
    """What code found that the zygote runs when it forks, while another role's script is at work;
    and what a script has open that others have not."""
    world.load("hooks")
    script = f"""
with open("mine", "w") as file: file.write({world.around.secret!r})
while True: pass
"""
    busy = RunningCall(world.cluster, script, setup="SET SESSION ROLE other")
    try:
        at_work = busy.wait_for("running")["satellite_pid"]
        family = processes.descendants(at_work, processes.everything())
        # By the numbers that they have where the zygote sees them.
        ours = [Path(f"/proc/{pid}/status").read_text() for pid in family]
        numbers = [text.split("NSpid:")[1].splitlines()[0].split() for text in ours]
        family = {of[min(1, len(of) - 1)] for of in numbers}
        for _ in range(3):
            told = json.loads(world.told(READ)[0])
        script = "import evil; OutputDataSet = [(str(n),) for n in evil.open_descriptors()]"
        seen = [int(number) for number in world.told(script)]
        world.load("attacks", native=True)
        usual = [int(number) for number in world.told(script)]
    finally:
        busy.connection.cancel()
        busy.error()
    of_scripts = ("satellites:", *(f"satellite {pid}:" for pid in family))
    told["of scripts"] = [name for name in told["results"] if name.startswith(of_scripts)]
    return told, sorted(set(seen) - set(usual))


def test_hooks(world, hooked):
    told, descriptors = hooked
    results = told["results"]
    assert results["forks"] > 2
    parts = ("read ", "list ", "write ", "signal ", "connect ", "make ")
    assert not through(results, *parts)
    assert not through(results, *(f"in child: {part}" for part in parts))
    assert not descriptors, "what a hook has opened is open in a script"
    world.check()


def test_hooks_do_not_see_scripts(request, world, hooked):
    """Neither the memory of another role's script nor its files."""
    why = "as documented: a zygote without namespaces may read work folders"
    documented(request, why, world.sandbox == "container")
    assert not hooked[0]["of scripts"]


def test_files_of_satellites_on_their_way(world):
    """Nobody keeps a way to them that leads to another role's files later."""
    world.load("spies")
    folder = str(world.made["spies"])
    mine = f"with open('mine', 'w') as file: file.write({world.around.secret!r})\n"
    try:
        for _ in range(8):
            world.told(f"{mine}import time; time.sleep(0.3); OutputDataSet = [('',)]", role="other")
        came = json.loads(world.told(READ)[0])["results"]
        assert world.around.secret not in came.get("seen", "")
    finally:
        world.configure("python", "")
        time.sleep(0.5)
        for process in processes.everything().values():
            if process.title.startswith(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)


def test_garbage_on_the_channel(world):
    """The zygote is ended and another one takes its place."""
    before = len(world.cluster.log.read_bytes())
    world.install("garbage")

    def complained():
        with contextlib.suppress(psycopg.errors.ObjectNotInPrerequisiteState):
            world.told(PREFIX)
        return b"sent a malformed message" in world.cluster.log.read_bytes()[before:]

    wait_until(complained, 15, "a complaint")
    world.load("garbage")
    world.check()


FORGED = ("forged_own_init", "forged_parent", "forged_mapping", "forged_crowd")


@pytest.mark.parametrize("kind", FORGED)
def test_forged_messages(world, kind):
    """What a zygote says harms nobody but its own environment."""
    launchpadd = pid_of_launchpadd(world.cluster)
    world.install(kind)
    said = []
    try:
        for _ in range(5):
            try:
                said += world.told("import evil; OutputDataSet = [(str(evil.results['said']),)]")
            except psycopg.Error as error:
                # Or the call has waited while zygotes were ended.
                assert error.sqlstate in ("55000", "53300"), error
                said.append(str(error))
            assert works(world.cluster, "R")
    finally:
        world.configure("python", "")
        time.sleep(0.5)
    assert said != [], "nothing was forged"
    world.check()
    assert pid_of_launchpadd(world.cluster) == launchpadd
    # What came beside the messages is closed.
    open_there = Path(f"/proc/{launchpadd}/fd")
    wait_until(lambda: len(list(open_there.iterdir())) < 100, 10, "descriptors are closed")


def test_forged_refusals(world):
    """A zygote cannot answer for another one."""
    world.install("forged_refusals")
    try:
        until = time.monotonic() + 5
        while time.monotonic() < until:
            assert works(world.cluster, "R")
    finally:
        world.configure("python", "")
        wait_until(lambda: answers(world.cluster, "R"), 20, "R works again")


@pytest.mark.parametrize("sandbox", MODES)
def test_a_forged_init(sandbox):
    """Another process of the server's user is said to be a satellite's, which launchpadd ends."""
    with made_world(sandbox) as world:
        world.install("forged_init")
        for _ in range(3):
            with contextlib.suppress(psycopg.Error):
                world.told(PREFIX)
            time.sleep(0.3)
        world.around.check()


def made_alone(folder: Path, owner: int) -> list[str]:
    """Folders of the server's, whose names are numbers."""
    folder.mkdir()
    for path in (folder, *(folder / str(number) for number in range(50))):
        path.mkdir(exist_ok=True)
        os.chown(path, owner, -1)
    return sorted(os.listdir(folder))


@CONTAINER
def test_the_launchpad_is_not_led_astray():
    """No link in its folder leads it to folders of the server's, which it would remove."""
    with made_world("container") as world:
        if world.cluster.setting("launchpad.r"):
            world.configure("r", "")
            world.cluster.ctl("restart")
            world.postmaster = world.cluster.postmaster()
        before = made_alone(world.victim, os.stat(world.cluster.data).st_uid)
        world.load("leads_astray")
        world.load("attacks")
        # One that writes where it starts, and ends.
        world.configure("r", "/usr/bin/R")
        wait_until(lambda: answers(world.cluster, "R"), 10, "R works")
        world.configure("r", "")
        time.sleep(1)
        assert sorted(os.listdir(world.victim)) == before
        world.around.check()


def test_the_launchpads_socket_stays(world):
    if world.sandbox == "strict":
        pytest.skip("there it does not see the launchpad's folder")
    world.load("hides_socket")
    assert not through(json.loads(world.told(READ)[0])["results"], "hide", "remove", "replace")
    assert (world.cluster.data / "pgsql_tmp_launchpad" / "launchpad.sock").is_socket()
    world.check()


@pytest.mark.parametrize("sandbox", MODES)
@pytest.mark.skipif(not (SITE.is_dir() and can_mount()), reason="needs mounts for R's packages")
def test_r_as_it_starts(sandbox):
    """R takes its own packages, also where others of their names lie in a library before."""
    with made_world(sandbox) as world:
        installed.r_library(world.packages, ("evil", "datasets"), world.native_facts())
        installed.opened(world.packages)
        world.configure("r", "/usr/bin/R")
        wait_until(lambda: answers(world.cluster, "R"), 20, "R works")
        world.check()
        path = "OutputDataSet <- c(getNamespaceInfo('datasets', 'path'), find.package('evil'))"
        datasets, evil = world.told(path, "R")
        assert not datasets.startswith(str(SITE)) and evil.startswith(str(SITE))

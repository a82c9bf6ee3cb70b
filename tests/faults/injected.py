"""What can happen to the processes of a cluster: kills, stops, what runs out, and noise.

A fault is a context manager over a [`Scene`]: it happens on entering, and is over on leaving.
"""

import fcntl
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from work import Work

import processes
from cluster import Cluster

F_SETPIPE_SZ = 1031
STOPPED = 0.3  # seconds
# Ends of the script's own: a killed satellite, a launchpadd that is gone, one that does not answer.
DIED = {"38000", "55000"}
LOST = {None, "57P01", "57P02", "57P03", "08006", "08003"}


@dataclass
class Scene:
    cluster: Cluster
    works: list[Work]
    chance: random.Random
    # A file system of the server's own, which can be filled.
    small: Path | None
    happened: list[str] = field(default_factory=list)

    def pids(self, *kinds: str) -> list[int]:
        members = processes.of_cluster(self.cluster.postmaster())
        return sorted(pid for pid, (kind, _) in members.items() if kind in kinds)

    def one(self, *kinds: str) -> int | None:
        """One of those processes, if there is any."""
        found = self.pids(*kinds)
        return self.chance.choice(found) if found else None

    def satellite(self) -> int | None:
        """Mostly one that serves a call."""
        busy = [line["satellite_pid"] for line in self.cluster.satellites() if line["pid"]]
        busy = [pid for pid in busy if pid]
        if busy and self.chance.random() < 0.8:
            # Or a process within it: the script's.
            inside = [
                pid for pid, process in processes.everything().items() if process.parent in busy
            ]
            return self.chance.choice(busy + inside)
        return self.one("satellite", "in a satellite")

    def send(self, number: signal.Signals, pid: int | None):
        self.happened.append(f"{number.name} to {pid}")
        with suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, number)


Fault = Callable[[Scene], AbstractContextManager]


@dataclass(frozen=True)
class Kind:
    name: str
    fault: Fault
    # SQLSTATEs that works may end in; nothing: none may fail.
    errors: frozenset[str | None] = frozenset()
    # PostgreSQL restarts its processes.
    restarts: bool = False


def kill(*kinds: str, number: signal.Signals = signal.SIGKILL) -> Fault:
    """`kinds`: none for a satellite."""

    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        scene.send(number, scene.one(*kinds) if kinds else scene.satellite())
        yield

    return fault


def stop(*kinds: str) -> Fault:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        pid = scene.one(*kinds) if kinds else scene.satellite()
        scene.send(signal.SIGSTOP, pid)
        time.sleep(STOPPED)
        scene.send(signal.SIGCONT, pid)
        yield

    return fault


@contextmanager
def backend_killed(scene: Scene) -> Iterator[None]:
    scene.send(signal.SIGKILL, scene.chance.choice(scene.works).pid)
    yield


@contextmanager
def client_gone(scene: Scene) -> Iterator[None]:
    scene.chance.choice(scene.works).vanish()
    yield


def by_function(function: str) -> Fault:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        pid = scene.chance.choice(scene.works).pid
        scene.cluster.execute(f"SELECT {function}({pid})")
        yield

    return fault


@contextmanager
def call_cancelled(scene: Scene) -> Iterator[None]:
    scene.cluster.execute(
        "SELECT launchpad.cancel(request) FROM launchpad.satellites"
        " WHERE request IS NOT NULL LIMIT 1"
    )
    yield


def few_files(*kinds: str) -> Fault:
    """As many more as chance gives, for half a second."""

    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        pid = scene.one(*kinds)
        if pid is None:
            yield
            return
        more = scene.chance.choice((0, 1, 3, 6, 12))
        scene.happened.append(f"{more} descriptors more for {pid}")
        with ExitStack() as limits:
            with suppress(ProcessLookupError, FileNotFoundError, ValueError):
                soft = processes.highest_descriptor(pid) + 1 + more
                limits.enter_context(processes.limited(pid, "nofile", soft))
            time.sleep(0.5)
        yield

    return fault


@contextmanager
def disk_full(scene: Scene) -> Iterator[None]:
    if scene.small is None:
        yield
        return
    # As the server sees it, whose mounts are its own.
    inside = Path(f"/proc/{scene.cluster.postmaster()}/root{scene.small}")
    filler = inside / "filler"
    with open(filler, "wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    time.sleep(0.5)
    filler.unlink()
    yield


def reload(setting: str, values: tuple[int, ...], most: float) -> Fault:
    """For a while, at most so many seconds, one of these values."""

    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        value = scene.chance.choice(values)
        scene.happened.append(f"{setting} = {value}")
        with scene.cluster.connect() as session:
            session.execute(f"ALTER SYSTEM SET {setting} = {value}")
            session.execute("SELECT pg_reload_conf()")
            time.sleep(scene.chance.uniform(0, most))
            session.execute(f"ALTER SYSTEM RESET {setting}")
            session.execute("SELECT pg_reload_conf()")
        yield

    return fault


@contextmanager
def short_pipes(scene: Scene) -> Iterator[None]:
    """Of one page: each write and read is short."""
    for pid in [work.pid for work in scene.works] + scene.pids("satellite", "in a satellite"):
        folder = Path(f"/proc/{pid}/fd")
        with suppress(FileNotFoundError, ProcessLookupError):
            for entry in list(folder.iterdir()):
                with suppress(OSError):
                    if not os.readlink(entry).startswith("pipe:"):
                        continue
                    end = os.open(entry, os.O_RDONLY | os.O_NONBLOCK)
                    try:
                        fcntl.fcntl(end, F_SETPIPE_SZ, 4096)
                    finally:
                        os.close(end)
    yield


@contextmanager
def noise(scene: Scene) -> Iterator[None]:
    """Signals that only interrupt what waits: each wait and read ends early, and must go on."""
    latch = [work.pid for work in scene.works]
    child = scene.pids("launchpadd")
    ignored = scene.pids("satellite", "in a satellite", "Python zygote", "R zygote", "launchpad")
    for _ in range(100):
        for pids, number in (
            (latch, signal.SIGUSR1),
            (child, signal.SIGCHLD),
            (ignored, signal.SIGWINCH),
        ):
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        time.sleep(0.003)
    yield


ZYGOTES = ("Python zygote", "R zygote")
OVERLOADED = frozenset({"53000", *DIED})

KINDS = (
    Kind("a satellite is killed", kill(), frozenset(DIED)),
    Kind("a satellite crashes", kill(number=signal.SIGSEGV), frozenset(DIED)),
    Kind("a satellite is stopped for a while", stop()),
    Kind("a zygote is killed", kill(*ZYGOTES)),
    Kind("a zygote is stopped for a while", stop(*ZYGOTES)),
    Kind("launchpadd is killed", kill("launchpadd"), frozenset(DIED)),
    Kind("launchpadd aborts", kill("launchpadd", number=signal.SIGABRT), frozenset(DIED)),
    Kind("launchpadd is stopped for a while", stop("launchpadd")),
    Kind("the worker ends", kill("launchpad", number=signal.SIGTERM), frozenset(DIED)),
    Kind("the worker is stopped for a while", stop("launchpad")),
    Kind("the worker is killed", kill("launchpad"), frozenset(DIED | LOST), restarts=True),
    Kind("a backend is killed", backend_killed, frozenset(DIED | LOST), restarts=True),
    Kind("a session is terminated", by_function("pg_terminate_backend"), frozenset(LOST)),
    Kind("a statement is cancelled", by_function("pg_cancel_backend"), frozenset({"57014"})),
    Kind("a call is cancelled", call_cancelled, frozenset({"57014"})),
    Kind("a client vanishes", client_gone, frozenset(LOST)),
    Kind("launchpadd has few descriptors", few_files("launchpadd"), OVERLOADED),
    Kind("a zygote has few descriptors", few_files(*ZYGOTES), OVERLOADED),
    Kind("a backend has few descriptors", few_files("client backend"), OVERLOADED),
    Kind("the disk is full", disk_full, frozenset({"53100"})),
    Kind("other satellites wait", reload("launchpad.warm_satellites", (0, 2, 3), 0.2)),
    Kind("zygotes are replaced", reload("launchpad.zygote_max_forks", (1, 2, 3), 1.5)),
    Kind("pipes are short", short_pipes),
    Kind("signals", noise),
)

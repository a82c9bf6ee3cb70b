"""The leak oracle: after a test everything is where it was before.

Compared are the cluster's processes (by kind: a satellite that served is replaced by another), the
open descriptors of everything that lives on, the launchpad's temporary folder, mounts, shared
memory, the rows of launchpad.satellites, and that the server did not restart its processes.
"""

import os
import stat
import time
from collections import Counter
from pathlib import Path

import psycopg

import processes
from cluster import PATIENCE, Cluster

SETTLE = 10.0 * PATIENCE  # seconds a fresh launchpad may take until all its satellites are warm
CLEAN = 5.0 * PATIENCE  # seconds after a test until nothing of it may be left
LONG_LIVED = (
    "postmaster",
    "launchpadd",
    "zygote",
    "pg_launchpad",
    "launchpad",
)


class LeakOracle:
    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self.before: dict = {}
        # What the last snapshot found, for those who look closer.
        self.members: dict[int, tuple[str, processes.Process]] = {}
        self.rebase()

    def rebase(self):
        """What is there now is how it shall be after the test."""
        began = time.monotonic()
        deadline = began + SETTLE
        last = None
        while True:
            now = self.snapshot()
            # Orphans that the test before has left behind go; what stays is not this one's.
            lost = any("orphan" in name for name in now) and time.monotonic() < began + CLEAN
            # Twice the same, and as many satellites as are to wait.
            if now == last and not lost and self._is_warm(now):
                self.before = now
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"the cluster does not come to rest: {now}")
            last = now
            time.sleep(0.1)

    def check(self, timeout: float = CLEAN):
        """Fails with the difference when it does not vanish within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            now = self.snapshot()
            if now == self.before:
                return
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        lines = [
            f"{name}: {self.before.get(name)} before, {now.get(name)} after"
            for name in sorted(self.before.keys() | now.keys())
            if self.before.get(name) != now.get(name)
        ]
        raise AssertionError("left behind:\n" + "\n".join(lines))

    def snapshot(self) -> dict:
        found: dict = {}
        self._add_view(found)
        postmaster = self.cluster.postmaster()
        self.members = members = processes.of_cluster(postmaster)
        counted = Counter(kind for kind, _ in members.values())
        # A keeper stays for satellites that wait, when its zygote has been replaced.
        kept = counted.pop("keeper", 0)
        counted.pop("monitor", 0)
        found |= {f"processes: {kind}": number for kind, number in counted.items()}
        found["keepers without children"] = self._childless_keepers()
        for pid, (kind, process) in members.items():
            if kind.startswith("checkpointer"):
                found["the server's processes began at"] = process.started
            if kind == "client backend":
                # By pid: a session that lives through the test must not gain any.
                name = f"descriptors: backend {pid}"
            elif any(word in kind for word in LONG_LIVED):
                name = f"descriptors: {kind}"
            else:
                continue
            is_servers = kind in ("postmaster", "pg_launchpad", "launchpad")
            found[name] = processes.descriptors(pid, files=not is_servers)
            if kind == "launchpadd" and found[name]:
                found[name]["socket"] -= kept
        found |= self._folders()
        return found

    def _childless_keepers(self) -> int:
        parents = {process.parent for _, process in self.members.values()}
        return sum(
            kind == "keeper" and pid not in parents for pid, (kind, _) in self.members.items()
        )

    def _add_view(self, found: dict):
        try:
            with self.cluster.connect() as connection:
                states = connection.execute("SELECT state FROM launchpad.satellites").fetchall()
                # As many of each language that is on offer.
                wanted = connection.execute(
                    """SELECT setting::int * (SELECT count(*) FROM pg_settings
                        WHERE name IN ('launchpad.python', 'launchpad.r') AND setting <> '')
                    FROM pg_settings WHERE name = 'launchpad.warm_satellites'"""
                ).fetchone()
                own = connection.info.backend_pid
        except psycopg.Error as error:
            # Not preloaded, the launchpad just killed: compared like any other answer.
            found["view"] = str(error.sqlstate)
            return
        deadline = time.monotonic() + PATIENCE
        while os.path.exists(f"/proc/{own}") and time.monotonic() < deadline:
            time.sleep(0.002)
        found["view"] = dict(Counter(state for (state,) in states))
        found["warm satellites wanted"] = int(wanted[0])

    @staticmethod
    def _is_warm(found: dict) -> bool:
        wanted = found.get("warm satellites wanted")
        return wanted is None or found.get("processes: satellite", 0) >= wanted

    def _folders(self) -> dict:
        owner = os.stat(self.cluster.data).st_uid
        memory = [
            entry.name
            for entry in os.scandir("/dev/shm")
            # PostgreSQL names its own by a random number; they change with every restart.
            if not entry.name.startswith("PostgreSQL.")
            # Clusters' work directories: others' come and go.
            and not entry.name.startswith("pglp.")
            and entry.stat().st_uid == owner
        ]
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        return {
            "temporary folder": kinds(
                # What was learned of imports is kept there, sooner or later.
                self.cluster.data / "pgsql_tmp_launchpad",
                but=("imports", "imports.new"),
            ),
            "work directory": kinds(self.cluster.work),
            "shared memory": sorted(memory),
            "mounts": sum("launchpad" in line for line in mounts),
        }


def kinds(folder: Path, but: tuple[str, ...] = ()) -> dict[str, int]:
    """How many files of each kind are in there."""
    found: Counter = Counter()
    # Not with rglob, which fails at folders too deep for any path.
    for top, folders, files in os.walk(folder):
        for name in [name for name in folders + files if name not in but]:
            try:
                found[stat.filemode(os.lstat(os.path.join(top, name)).st_mode)[0]] += 1
            except OSError:
                continue
    return dict(found)

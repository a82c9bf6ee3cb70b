"""The canary: after a script the server, the launchpad, the neighbour and the host are as before.

What the leak oracle compares, and besides: which processes these are and not only how many, the
neighbour's call, every file of the cluster's folder, what scripts may have left in folders that
all users share, launchpadd's mounts, cgroups, and namespaces.
"""

import os
import re
from pathlib import Path

from oracle import CLEAN, LeakOracle
from planted import MARKER

SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run")
CGROUPS = Path("/sys/fs/cgroup")
# The server's own business: relations, logs of transactions, statistics, what restarts with it.
SERVERS = re.compile(
    r"(base|global|pg_\w+)/(.*/)?([0-9A-F]+(_\w+)?(\.\d+)?|pg_internal\.init.*|\w+\.stat|.*\.tmp)$"
)


class Canary(LeakOracle):
    def __init__(self, cluster, neighbour):
        self.neighbour = neighbour
        super().__init__(cluster)

    def check(self, timeout: float = CLEAN):
        """As the oracle's; what one script changed fails that one only."""
        try:
            super().check(timeout)
        except AssertionError:
            self.rebase()
            raise

    def snapshot(self) -> dict:
        found = super().snapshot()
        satellites = []
        for pid, (kind, process) in self.members.items():
            if kind in ("postmaster", "launchpadd", "Python zygote", "R zygote"):
                found[f"process: {kind}"] = (pid, process.started)
            if kind == "launchpadd":
                found["launchpadd's mounts"] = lines(f"/proc/{pid}/mountinfo")
                found["cgroups"] = cgroups(pid)
            if kind == "satellite":
                satellites.append(pid)
        found["pid namespaces"] = len({space(pid) for pid in satellites} - {None})
        found["neighbour"] = self.neighbour.state()
        found["files"] = sorted(self._files())
        found["marks"] = sorted(marks())
        return found

    def _files(self):
        top = self.cluster.data.parent
        for folder, _, names in os.walk(top):
            # Counted by the oracle: it holds what satellites come and go with.
            if "pgsql_tmp_launchpad" in folder:
                continue
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), top)
                if not SERVERS.search(path.removeprefix("data/")):
                    yield path


def marks():
    """What has the scripts' mark in its name."""
    for folder in SHARED:
        yield from (entry.path for entry in os.scandir(folder) if MARKER in entry.name)


def lines(path: str) -> list[str] | None:
    try:
        return sorted(Path(path).read_text().splitlines())
    except OSError:
        return None


def space(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def cgroups(pid: int) -> list[str]:
    """Below the unified cgroup that the process is in."""
    own = next(
        (line[3:] for line in lines(f"/proc/{pid}/cgroup") or () if line.startswith("0::")), None
    )
    if own in (None, "/"):
        return []
    found = []
    for mount in (CGROUPS, CGROUPS / "unified"):
        found += [str(path) for path in (mount / own.lstrip("/")).glob("**/") if path.is_dir()]
    return sorted(found)

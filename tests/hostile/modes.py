"""Hosts and settings that the sandbox is another one on. HOSTILE_MODE names the one that the
scripts are run in; without it, it is this host with the default settings. `delegated` needs a
host with cgroup v2, as the guest of `make test-vm` is, and is `workers` besides.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

MODE = os.environ.get("HOSTILE_MODE", "")


@dataclass(frozen=True)
class Mode:
    settings: tuple[str, ...] = ()
    mounts: str = ""


# The server gets a cgroup of its own that belongs to its user, as Delegate= of systemd's.
DELEGATED = f"""
cgroup=/sys/fs/cgroup/launchpad-hostile-$$
echo '+memory +pids +cpu +cpuset' >/sys/fs/cgroup/cgroup.subtree_control
mkdir $cgroup
chown {os.environ.get("CLUSTER_USER", "postgres")} $cgroup $cgroup/cgroup.*
echo $$ >$cgroup/cgroup.procs
"""


@contextlib.contextmanager
def mode() -> Iterator[Mode]:
    """What the cluster is to be started with, and in what view of the host's files."""
    if MODE == "":
        yield Mode()
    elif MODE == "container":
        yield Mode(("launchpad.sandbox=container",))
    elif MODE == "no-proc":
        # As container engines do it.
        hidden = next(file for file in ("/proc/kcore", "/proc/timer_list") if os.path.exists(file))
        yield Mode(mounts=f"mount --bind /dev/null {hidden}")
    elif MODE in ("workers", "delegated"):
        with tempfile.NamedTemporaryFile("w") as ranges:
            ranges.write(f"{os.environ.get('CLUSTER_USER', 'postgres')}:400000:65536\n")
            ranges.flush()
            os.chmod(ranges.name, 0o644)
            mounts = (
                f"mount --bind {ranges.name} {file}" for file in ("/etc/subuid", "/etc/subgid")
            )
            cgroup = DELEGATED if MODE == "delegated" else ""
            yield Mode(("launchpad.worker_uids=on",), "\n".join(mounts) + cgroup)
    else:
        raise ValueError(f"HOSTILE_MODE={MODE}")

"""The guest is what it is for: Debian's own kernel, with everything that a sandbox can use."""

import ctypes
import platform
import pwd
import subprocess
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
LANDLOCK_CREATE_RULESET = 444  # on every architecture
VERSION = 1  # its flag that asks for the version


def test_debians_kernel():
    assert "Debian" in platform.version()
    assert platform.release().startswith("6.1.")


def test_landlock():
    assert "landlock" in Path("/sys/kernel/security/lsm").read_text().split(",")
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, VERSION) >= 2


def test_cgroups():
    """One hierarchy, version 2, with the controllers that a limit of satellites needs."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    assert [kind for _, folder, kind, *_ in mounts if "cgroup" in kind] == ["cgroup2"]
    assert {"cpu", "cpuset", "memory", "pids"} <= set(
        (CGROUPS / "cgroup.controllers").read_text().split()
    )


def test_user_namespaces():
    """The server's user may make them, and all others within."""
    user = pwd.getpwnam("postgres")
    become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    spaces = ["--user", "--map-root-user", "--mount", "--pid", "--fork", "--net", "--ipc"]
    done = subprocess.run(
        [*become, "unshare", *spaces, "id", "--user"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("0", "")

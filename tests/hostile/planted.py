"""What is planted before the scripts run, so that "not found" means something: secrets in files, in
memory and in an environment, and places to connect to.
"""

import contextlib
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

# In the name of every file that a script may try to leave outside; one for each that runs scripts.
MARKER = f"pglp-hostile-mark-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def secret(kind: str) -> str:
    """Its pattern is the preludes'."""
    return f"PLANTED-{kind}-{secrets.token_hex(16)}"


def write(path: Path, kind: str) -> str:
    """A secret in a file that everybody may read: only what is in view can keep it."""
    path.write_text(secret(kind) + "\n")
    path.chmod(0o644)
    return str(path)


@contextlib.contextmanager
def files(home: Path) -> Iterator[dict]:
    """In a folder of their own below `home`, and where all users share folders."""
    folders = [Path(tempfile.mkdtemp(prefix="pglp-hostile.", dir=home))]
    made = [tempfile.mkstemp(prefix="pglp-hostile.", dir=place) for place in ("/tmp", "/dev/shm")]
    try:
        folders[0].chmod(0o755)
        for fd, _ in made:
            os.close(fd)
        yield {
            "home_file": write(folders[0] / ".pgpass", "home"),
            "tmp_file": write(Path(made[0][1]), "tmp"),
            "shm_file": write(Path(made[1][1]), "shm"),
            "marker": MARKER,
        }
    finally:
        shutil.rmtree(folders[0])
        for _, path in made:
            os.unlink(path)


@contextlib.contextmanager
def listeners(name: str, address: str = "127.0.0.1") -> Iterator[dict]:
    """Sockets that anyone on this host can connect to."""
    with contextlib.ExitStack() as stack:

        def made(family, kind, address):
            one = stack.enter_context(socket.socket(family, kind))
            one.bind(address)
            if kind != socket.SOCK_DGRAM:
                one.listen(1000)
            return one.getsockname()

        abstract = f"{name}-{secrets.token_hex(4)}"
        made(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{abstract}")
        yield {
            "tcp": made(socket.AF_INET, socket.SOCK_STREAM, (address, 0))[1],
            "udp": made(socket.AF_INET, socket.SOCK_DGRAM, (address, 0))[1],
            "tcp6": made(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))[1]
            if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6")
            else 0,
            "abstract": abstract,
        }

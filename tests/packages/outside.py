"""What is outside and must not notice: files, a process of the server's user, servers."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import processes

MARK = f"pglp-evil-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


class Outside:
    """`folder`: one that everybody may enter, with a secret that everybody may read."""

    def __init__(self, folder: Path, owner: int):
        self.secret = secrets.token_hex(16)
        self.file = folder / "secret"
        self.file.write_text(self.secret)
        os.chmod(self.file, 0o644)
        os.chown(self.file, owner, -1)
        self.home = Path(tempfile.mkdtemp(prefix="pglp-evil.", dir=_home()))
        os.chmod(self.home, 0o755)
        (self.home / "secret").write_text(self.secret)
        self.process = subprocess.Popen(
            ["sleep", "1000000"], user=owner if os.geteuid() == 0 else None, env={}
        )
        self.abstract = f"{MARK}-{secrets.token_hex(4)}"
        self.local = folder / "socket"
        self.servers = [
            _listening(socket.AF_INET, ("127.0.0.1", 0)),
            _listening(socket.AF_UNIX, f"\0{self.abstract}"),
            _listening(socket.AF_UNIX, str(self.local)),
        ]
        os.chmod(self.local, 0o777)
        self.datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.datagrams.setblocking(False)
        self.datagrams.bind(f"\0{self.abstract}-datagrams")
        self.tcp = self.servers[0].getsockname()[1]
        self.started = processes.read(self.process.pid)
        self.limits = self._limits()

    def _limits(self) -> tuple[str, str, str]:
        own = Path(f"/proc/{self.process.pid}")
        stat = (own / "stat").read_text().split()
        return (own / "limits").read_text(), (own / "oom_score_adj").read_text(), stat[18]

    def check(self):
        """Nobody was here."""
        assert self.process.poll() is None, "the process was ended"
        assert processes.read(self.process.pid) == self.started
        state = Path(f"/proc/{self.process.pid}/stat").read_text().split()[2]
        assert state in "SR", f"the process is in state {state}"
        assert self._limits() == self.limits, "limits of the process were changed"
        for file in (self.file, self.home / "secret"):
            assert file.read_text() == self.secret
            assert file.stat().st_mode & 0o777 == 0o644
        for server in self.servers:
            with contextlib.suppress(BlockingIOError):
                server.accept()
                raise AssertionError(f"somebody has connected to {server.getsockname()}")
        with contextlib.suppress(BlockingIOError):
            raise AssertionError(f"a datagram came: {self.datagrams.recv(100)}")
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/"):
            assert not [name for name in os.listdir(folder) if name.startswith("pglp-evil-")]

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for one in (*self.servers, self.datagrams):
            one.close()
        self.file.unlink()
        (self.home / "secret").unlink()
        self.home.rmdir()
        self.local.unlink()


def _home() -> Path:
    return Path("/home") if os.geteuid() == 0 else Path.home()


def _listening(family: int, address) -> socket.socket:
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind(address)
    server.listen(100)
    server.setblocking(False)
    return server


@contextlib.contextmanager
def outside(folder: Path, owner: int) -> Iterator[Outside]:
    made = Outside(folder, owner)
    try:
        yield made
    finally:
        made.close()

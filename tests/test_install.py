"""`make install` beside a server that runs: it goes on with what it was started with."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

import processes
from calls import LANGUAGES, answers
from cluster import Cluster, wait_until
from places import ROOT, places

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a server other folders"),
]

BROKEN = "#!/bin/sh\nexit 3\n"


class Folder:
    """A copy of the server's folder of libraries, which its installations go to."""

    def __init__(self, tmp_path: Path):
        self.at = {n: Path(p) for n, p in places("PG_CONFIG", "target", "built").items()}
        self.libraries = Path(
            subprocess.check_output([self.at["PG_CONFIG"], "--pkglibdir"], text=True).strip()
        )
        self.root = tmp_path / "installed"
        self.copy = self.root / self.libraries.relative_to("/")
        shutil.copytree(
            self.libraries,
            self.copy,
            symlinks=True,
            ignore=shutil.ignore_patterns("pgxs", "bitcode", "pg_launchpad*"),
        )
        self.newer = tmp_path / "target"

    def install(self, target: Path) -> str:
        done = subprocess.run(
            ["scripts/install"],
            cwd=ROOT,
            env=os.environ | {"DESTDIR": str(self.root), "CARGO_TARGET_DIR": str(target)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def make_newer(self):
        """Another build, whose launchpadd ends at once."""
        built = self.newer / self.at["built"].relative_to(self.at["target"])
        built.mkdir(parents=True)
        for name in self.at["built"].iterdir():
            if name.suffix == ".so" or name.name in (
                "launchpadd",
                "launchpad-keeper",
                "launchpad-toy",
            ):
                (built / name.name).write_bytes(name.read_bytes() + b"newer")
        (built / "launchpadd").write_text(BROKEN)

    def versions(self) -> set[str]:
        return {path.name for path in (self.copy / "pg_launchpad").iterdir()} - {"current"}


def kill_all(cluster: Cluster, *kinds: str):
    """Those processes, and waits until there are others."""
    found = processes.of_cluster(cluster.postmaster())
    for pid, (kind, _) in found.items():
        if kind in kinds:
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(processes.gone(pid) for pid, (k, _) in found.items() if k in kinds))


def test_a_server_goes_on_with_its_own_programs(own_cluster, tmp_path):
    folder = Folder(tmp_path)
    folder.install(folder.at["target"])
    [first] = folder.versions()
    version = (ROOT / "pg_launchpad.control").read_text().split("default_version = '")[1]
    assert first.startswith(version.split("'")[0] + "-")
    cluster = own_cluster(mounts=f"mount --bind {folder.copy} {folder.libraries}")
    assert answers(cluster, *LANGUAGES)
    rows = "SELECT status, found, advice FROM launchpad.check() WHERE item = 'server: version'"
    [(status, found, _)] = cluster.execute(rows)
    assert status == "ok" and found.endswith(f", from make install, build {first}")
    folder.make_newer()
    assert f"a running server still uses {folder.copy}/pg_launchpad/{first}" in folder.install(
        folder.newer
    )
    assert len(folder.versions()) == 2
    [newer] = folder.versions() - {first}
    restart = f"restart the server: build {newer} is installed"
    assert cluster.execute(rows) == [("missing", found, restart)]
    # Whatever it has to start anew.
    for kinds in (["Python zygote", "R zygote"], ["launchpadd"], ["launchpad"]):
        kill_all(cluster, *kinds)
        wait_until(lambda: answers(cluster, *LANGUAGES), 20, f"calls after the end of {kinds}")
    # Also when there is no launchpadd just now.
    members = processes.of_cluster(cluster.postmaster())
    [worker] = [pid for pid, (kind, _) in members.items() if kind == "launchpad"]
    os.kill(worker, signal.SIGSTOP)
    kill_all(cluster, "launchpadd")
    assert "a running server still uses" in folder.install(folder.newer)
    os.kill(worker, signal.SIGCONT)
    wait_until(lambda: answers(cluster, *LANGUAGES), 20, "calls after another installation")
    # A restart takes the newer ones.
    cluster.ctl("restart", "-m", "fast")
    wait_until(lambda: "launchpadd exited with status 3" in cluster.log.read_text(), 10)
    # Nobody uses those of the first now; then it comes back, and the other goes.
    assert "still uses" not in folder.install(folder.newer)
    assert first not in folder.versions()
    cluster.ctl("stop", "-m", "fast")
    folder.install(folder.at["target"])
    assert folder.versions() == {first}


def test_a_second_installation_changes_nothing(tmp_path):
    folder = Folder(tmp_path)
    folder.install(folder.at["target"])
    inodes = {path: path.lstat().st_ino for path in folder.copy.rglob("*")}
    assert "(0 files changed)" in folder.install(folder.at["target"])
    assert inodes == {path: path.lstat().st_ino for path in folder.copy.rglob("*")}

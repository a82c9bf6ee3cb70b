"""A cluster in the midst of what misbehaving packages would like to reach."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import installed
import psycopg
from outside import MARK, Outside, outside

import processes
from calls import answers, texts
from cluster import Cluster, can_mount, wait_until

SITE = Path("/usr/local/lib/R/site-library")
PREFIX = "import sys; OutputDataSet = [(sys.prefix,)]"


class World:
    """A cluster, what is outside of it, and environments that take each other's place."""

    def __init__(self, sandbox: str, cluster: Cluster, folder: Path, around: Outside):
        self.sandbox = sandbox
        self.cluster = cluster
        self.folder = folder
        self.around = around
        self.packages = folder / "library"
        self.made: dict[str, Path] = {}
        self.postmaster = cluster.postmaster()
        for role in ("reader", "other"):
            cluster.execute(f"CREATE ROLE {role} LOGIN")
            cluster.let_run(role)
        launchpad = cluster.data / "pgsql_tmp_launchpad"
        data = cluster.data
        self.files = [
            *(data / name for name in ("PG_VERSION", "pg_hba.conf", "postmaster.pid")),
            *(cluster.log, around.file, around.home / "secret", "/etc/shadow", "/etc/subuid"),
        ]
        self.files = [str(file) for file in self.files]
        self.locals = [
            f"{cluster.host}/.s.PGSQL.{cluster.port}",
            str(launchpad / "launchpad.sock"),
            str(around.local),
        ]
        hidden = [data, data / "base", data.parent, around.home, "/var/lib/postgresql", launchpad]
        self.closed = [*map(str, hidden), *(["/tmp"] if sandbox == "container" else [])]
        self.victim = data / "pglp-victim"

    @property
    def writable(self) -> list[str]:
        """In the container sandbox, a folder of the present launchpadd's."""
        if self.sandbox == "strict":
            return ["/tmp"]
        return [str(folder) for folder in self.cluster.work.glob("pg_launchpad-*")]

    def facts(self) -> dict:
        """For evil.py."""
        return {
            "mark": MARK,
            "files": self.files,
            "folders": self.closed,
            "writable": self.writable,
            "processes": self.targets(),
            "locals": self.locals,
            "abstract": self.around.abstract,
            "tcp": self.around.tcp,
            "secret": self.around.secret,
            "taken": self.around.process.pid,
            "launchpad": str(self.cluster.data / "pgsql_tmp_launchpad"),
            "victim": str(self.victim),
            "after": 3,
        }

    def native_facts(self) -> list[tuple]:
        """For evil.c, and for evil.R."""
        return [
            *(("file", path) for path in self.files),
            *(("folder", path) for path in self.closed),
            *(("process", pid) for pid in self.targets()),
            *(("local", path) for path in self.locals),
            ("abstract", self.around.abstract),
            ("abstract", f"{self.around.abstract}-datagrams"),
            ("tcp", self.around.tcp),
            ("program", "/bin/true"),
            *(("writable", path) for path in self.writable),
        ]

    def targets(self) -> list[int]:
        ours = processes.of_cluster(self.postmaster)
        others = [pid for pid, (kind, _) in ours.items() if kind == "launchpadd"]
        return [self.around.process.pid, self.postmaster, *others]

    def install(self, kind: str, native: bool = False) -> Path:
        """Makes the environment the launchpad's; its folder."""
        if kind not in self.made:
            folder = self.folder / kind
            facts = self.native_facts() if native else None
            self.made[kind] = folder
            installed.environment(folder, kind, self.facts(), facts)
            installed.opened(folder)
        self.configure("python", f"{self.made[kind]}/bin/python")
        return self.made[kind]

    def configure(self, setting: str, value: str):
        self.cluster.execute(f"ALTER SYSTEM SET launchpad.{setting} = '{value}'")
        self.cluster.execute("SELECT pg_reload_conf()")
        wait_until(lambda: self.cluster.setting(f"launchpad.{setting}") == value)

    def load(self, kind: str, native: bool = False):
        """As `install`, and waits until scripts run in it."""
        folder = self.install(kind, native)

        def is_loaded():
            try:
                return self.told(PREFIX) == [str(folder)]
            except psycopg.Error:
                return False

        wait_until(is_loaded, 20, f"{kind} is not loaded")

    def told(self, script: str, language: str = "Python", role: str = "reader") -> list[str]:
        with self.cluster.connect(user=role) as session:
            return texts(session, script, language)

    def refusal(self, words: str, timeout: float = 15) -> psycopg.Error:
        """The error of a call, once it has these words."""

        def refused():
            try:
                self.told(PREFIX)
            except psycopg.Error as error:
                text = f"{error.diag.message_primary}\n{error.diag.message_detail}"
                return error if words in text else None
            return None

        return wait_until(refused, timeout, f"no refusal with {words!r}")

    def check(self):
        """Outside, in the server and in the other language everything goes on."""
        self.around.check()
        assert self.cluster.postmaster() == self.postmaster
        assert self.cluster.execute("SELECT 1") == [(1,)]
        wait_until(lambda: answers(self.cluster, "R"), 10, "R works")
        data = self.cluster.data
        assert not [name for name in os.listdir(data) if name.startswith("pglp-evil-")]


@contextlib.contextmanager
def made_world(sandbox: str) -> Iterator[World]:
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="pglp-packages.") as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        # Readable paths name what exists.
        (folder / "library").mkdir(mode=0o755)
        cluster = Cluster(
            f"launchpad.sandbox={sandbox}",
            f"launchpad.readable_paths={installed.modules()}, {folder}/library",
            "launchpad.python=",
            "launchpad.r=" if SITE.is_dir() and can_mount() else "launchpad.r=/usr/bin/R",
            "launchpad.warm_satellites=1",
            "launchpad.queue_timeout=5s",
            # Where R looks first, also for the packages that it loads by itself.
            mounts=f"mount --bind {folder}/library {SITE}" if SITE.is_dir() and can_mount() else "",
        )
        try:
            with outside(folder, os.stat(cluster.data).st_uid) as around:
                yield World(sandbox, cluster, folder, around)
        finally:
            cluster.remove()

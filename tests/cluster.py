"""A throw-away cluster, made by scripts/cluster, and what the tests ask of it."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

import processes

# How many times longer things may take than on an ordinary machine: an emulated processor is slow.
PATIENCE = float(os.environ.get("LAUNCHPAD_TEST_PATIENCE", "1"))
# `make test-long`: all of what an ordinary run tries a part of.
LONG = "LAUNCHPAD_TEST_LONG" in os.environ
# Satellites that are kept for a while, and zygotes that are renewed because of what scripts
# import, would look like what a test has left behind.
CALM = ("launchpad.keep_warm=0", "launchpad.python_preload=", "launchpad.r_preload=")
SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "cluster"


def wait_until(predicate: Callable[[], object], timeout: float = 5.0, what: str = ""):
    """The predicate's first true answer; fails when it has none within `timeout` seconds."""
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        answer = predicate()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what or predicate}")
        time.sleep(0.01)


def can_mount() -> bool:
    """Whether a server can be given mounts of its own; containers' root often cannot."""
    tried = ["unshare", "--mount", "mount", "--bind", "/dev/null", "/etc/hostname"]
    return os.geteuid() == 0 and subprocess.run(tried, capture_output=True).returncode == 0


def has_work_directory() -> bool:
    """Whether scripts/cluster can give clusters one: the sandbox `container` needs it."""
    shm = Path("/dev/shm")
    return shm.is_dir() and shm.stat().st_dev != Path(tempfile.gettempdir()).stat().st_dev


class Cluster:
    def __init__(
        self,
        *settings: str,
        extension: bool = True,
        mounts: str = "",
        pg_config: str = "",
        within: Sequence[str] = (),
    ):
        """Settings: 'name=value' or the path of a file in postgresql.conf's form. `mounts`: shell
        commands that change what the server sees of the host's files, in a mount namespace of its
        own; only root can. `pg_config`: of another server than the one under test. `within`: a
        command that starts what its last arguments are, under a filter for example."""
        self._environment = os.environ | ({"PG_CONFIG": pg_config} if pg_config else {})
        self._within = ["unshare", "--mount", "sh", "-ec", f'{mounts}\nexec "$@"', "sh"]
        if not mounts:
            self._within = []
        self._within += within
        folder = tempfile.mkdtemp(prefix="pglp-state.")
        self._state = Path(folder) / "cluster"
        try:
            self._script("start", *CALM, *settings)
            values = dict(line.split("=", 1) for line in self._state.read_text().splitlines())
            self.host = values["PGHOST"]
            self.port = int(values["PGPORT"])
            self.user = values["PGUSER"]
            self.data = Path(values["PGDATA"])
            self.log = Path(values["LAUNCHPAD_LOG"])
            self.work = Path(values["LAUNCHPAD_WORK"])
            if extension:
                self.execute("CREATE EXTENSION pg_launchpad")
        except BaseException:
            self.remove()
            raise

    def _script(self, verb: str, *arguments: str):
        # The server must not hold the runner's pipes: output goes to a file, not through one.
        within = [] if verb == "stop" else self._within
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                [*within, SCRIPT, verb, self._state, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
            )
            try:
                status = process.wait()
            except BaseException:
                process.terminate()  # it removes what it has made so far
                process.wait()
                raise
            if status != 0:
                output.seek(0)
                raise RuntimeError(f"scripts/cluster {verb}: {output.read()}")

    def ctl(self, *arguments: str):
        """pg_ctl, for example ctl('restart', '-m', 'immediate')."""
        self._script("ctl", *arguments)

    def remove(self):
        try:
            postmaster = self.postmaster()
        except (AttributeError, FileNotFoundError):
            postmaster = None  # it never started, or has been stopped
        self._script("stop")
        os.rmdir(self._state.parent)
        assert postmaster is None or processes.gone(postmaster), "the server outlives its cluster"

    def connect(self, **options) -> psycopg.Connection:
        """In autocommit mode; a keyword not of psycopg's is libpq's: options, user, dbname."""
        defaults = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "dbname": "postgres",
            "application_name": "tests",
            "autocommit": True,
        }
        return psycopg.connect(**(defaults | options))

    def execute(self, query: str, **options) -> list[tuple]:
        """One statement in a session of its own."""
        with self.connect(**options) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def let_run(self, role: str):
        """Grants the role, written as SQL has it, what running scripts takes."""
        self.execute(f"GRANT EXECUTE ON FUNCTION execute_external_script TO {role}")
        self.execute(f"GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO {role}")

    def version(self) -> int:
        """The server's major version."""
        return int(self.setting("server_version_num")) // 10000

    def program(self, name: str) -> Path:
        """pg_dump, psql and so on; PSQL_BIN has another psql, where the server's does not run."""
        if name == "psql" and "PSQL_BIN" in os.environ:
            return Path(os.environ["PSQL_BIN"]) / name
        return (
            Path(self.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'")[0][0]) / name
        )

    def satellites(self) -> list[dict]:
        """launchpad.satellites: request, pid, satellite_pid, database, role, language, state…"""
        with self.connect(row_factory=dict_row) as connection:
            return connection.execute("SELECT * FROM launchpad.satellites").fetchall()

    def setting(self, name: str) -> str:
        return self.execute(f"SELECT current_setting('{name}')")[0][0]

    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

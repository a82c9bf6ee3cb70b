"""One cluster for all hostile scripts, with secrets planted on the host around it."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import modes
import planted
import processes
from canary import Canary
from cluster import Cluster, wait_until
from corpus import Script
from neighbour import Neighbour

# Small, so that what fills them needs not long.
SETTINGS = (
    "launchpad.tmp_limit=4MB",
    "launchpad.max_satellites=4",
    "autovacuum=off",
    "checkpoint_timeout=1h",
)


class World:
    """The cluster, what is planted, and sessions of roles that may do nothing but call."""

    def __init__(self, cluster: Cluster, told: dict, neighbour: Neighbour):
        self.cluster = cluster
        self.told = told
        self.neighbour = neighbour
        self.canary = Canary(cluster, neighbour)
        self.roles: dict[tuple, str] = {}

    def role(self, settings: dict[str, str]) -> str:
        """One for each combination of settings: limits are the administrator's to set."""
        key = tuple(sorted(settings.items()))
        if key not in self.roles:
            name = f"hostile_{len(self.roles)}"
            make_role(self.cluster, name)
            for setting, value in key:
                self.cluster.execute(f"ALTER ROLE {name} SET {setting} = '{value}'")
            self.roles[key] = name
        return self.roles[key]

    def call(self, script: Script, columns: str, previous: str | None) -> list[tuple]:
        text = script.text(self.told | {"previous": previous})
        assert "$hostile$" not in text
        notices: list[str] = []
        with self.cluster.connect(user=self.role(script.settings)) as session:
            session.add_notice_handler(lambda told: notices.append(told.message_primary))
            session.execute("SET client_min_messages = error")
            return session.execute(
                f"SELECT * FROM execute_external_script('{script.language}', "
                f"$hostile${text}$hostile$) AS t({columns})"
            ).fetchall()


def make_role(cluster: Cluster, name: str):
    cluster.execute(f"CREATE ROLE {name} LOGIN")
    cluster.let_run(name)


@contextlib.contextmanager
def made_world() -> Iterator[World]:
    password = planted.secret("password")
    home = Path("/home" if os.geteuid() == 0 else Path.home())
    with (
        planted.files(home) as files,
        planted.listeners("hostile") as listeners,
        modes.mode() as mode,
    ):
        os.environ["CLUSTER_ENV"] = f"PGPASSWORD={password}"
        try:
            cluster = Cluster(*SETTINGS, *mode.settings, mounts=mode.mounts)
        finally:
            del os.environ["CLUSTER_ENV"]
        try:
            make_role(cluster, "neighbour")
            neighbour = Neighbour(cluster, planted.secret("neighbour"))
            told = files | listeners | facts(cluster, neighbour)
            yield World(cluster, told, neighbour)
        finally:
            cluster.remove()


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with made_world() as made:
        yield made
        made.neighbour.finish()


def facts(cluster: Cluster, neighbour: Neighbour) -> dict:
    """What an attacker may know of the cluster: paths and process numbers."""
    secret = cluster.data / "planted"
    planted.write(secret, "data")
    os.chown(secret, os.stat(cluster.data).st_uid, -1)
    if os.geteuid() == 0:
        given = Path(f"/proc/{cluster.postmaster()}/environ").read_bytes()
        assert b"PGPASSWORD=PLANTED" in given, "the server has the password in its environment"
    wait_until(
        lambda: (
            {"launchpadd", "Python zygote", "R zygote"}
            <= {kind for kind, _ in processes.of_cluster(cluster.postmaster()).values()}
        ),
        20,
        "both languages' zygotes",
    )
    kinds = {kind: pid for pid, (kind, _) in processes.of_cluster(cluster.postmaster()).items()}
    return {
        # In a container it is a folder of the host, whose name nobody tells.
        "work": "." if modes.MODE == "container" else "/job",
        "data": str(cluster.data),
        "data_file": str(secret),
        "log": str(cluster.log),
        "socket": f"{cluster.host}/.s.PGSQL.{cluster.port}",
        "launchpad": str(cluster.data / "pgsql_tmp_launchpad" / "launchpad.sock"),
        "postmaster": cluster.postmaster(),
        "launchpadd": kinds["launchpadd"],
        "zygote": kinds["Python zygote"],
        "neighbour": neighbour.satellite,
        "backend": neighbour.pid,
    }


@pytest.fixture
def undisturbed(world: World) -> Iterator[Callable[[], None]]:
    """The canary: what a test changes on the host or in the launchpad fails it."""
    yield world.canary.check

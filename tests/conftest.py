"""Fixtures: a cluster for the session, sessions on it, and the oracle that nothing is left behind.

As root the tests run as root, the server as its own user: only root can read the descriptors of
launchpadd, which cannot be dumped. Workers of pytest-xdist, which run files side by side, each have
a user of their own for their servers, so that what one leaves behind or uses up is not another's.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from cluster import Cluster
from oracle import LeakOracle
from places import places


def pytest_configure(config):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and os.geteuid() == 0:
        os.environ["CLUSTER_USER"] = f"launchpad-test-{worker.removeprefix('gw')}"

    # An ended run takes its clusters along, as an interrupted one does.
    def end(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's cluster. A test that kills or configures a server makes its own."""
    made = Cluster()
    yield made
    made.remove()


@pytest.fixture
def own_cluster() -> Iterator[Callable[..., Cluster]]:
    """Makes clusters for this test alone: own_cluster('launchpad.max_satellites=1')."""
    made: list[Cluster] = []

    def make(*settings: str, **options) -> Cluster:
        made.append(Cluster(*settings, **options))
        return made[-1]

    yield make
    for each in made:
        each.remove()


@pytest.fixture
def no_leaks(cluster: Cluster) -> Iterator[LeakOracle]:
    """What the test leaves behind on the session's cluster fails it."""
    oracle = LeakOracle(cluster)
    yield oracle
    oracle.check()


@pytest.fixture
def connect(cluster: Cluster, no_leaks: LeakOracle) -> Iterator[Callable[..., psycopg.Connection]]:
    """Opens sessions on the session's cluster and closes them before leaks are looked for."""
    opened: list[psycopg.Connection] = []

    def make(**options) -> psycopg.Connection:
        opened.append(cluster.connect(**options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def connection(connect) -> psycopg.Connection:
    return connect()


@pytest.fixture
def listener():
    """A TCP server of the host's that greets whoever connects; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    peer.sendall(b"hello\n")

        threading.Thread(target=greet, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def libraries() -> Iterator[Cluster]:
    """A cluster whose scripts have the packages of tests/libraries.txt."""
    python = f"{places('LIBRARIES_VENV')['LIBRARIES_VENV']}/bin/python"
    if not os.path.exists(python):
        pytest.skip(f"there is no {python}: scripts/setup test-tools makes it")
    made = Cluster(f"launchpad.python={python}")
    made.execute("CREATE ROLE plain LOGIN")
    made.execute("CREATE ROLE runner LOGIN")
    made.execute("ALTER ROLE runner SET launchpad.allow_exec = on")
    made.let_run("plain, runner")
    yield made
    made.remove()


@pytest.fixture(scope="module")
def logging() -> Cluster:
    """A cluster that writes a line for each call, and its log as JSON beside the text."""
    cluster = Cluster(
        "launchpad.log_min_duration=0",
        "logging_collector=on",
        "log_destination=jsonlog",
        "log_directory=log",
        "log_filename=server.log",
    )
    cluster.execute("CREATE ROLE analyst LOGIN")
    cluster.let_run("analyst")
    yield cluster
    cluster.remove()

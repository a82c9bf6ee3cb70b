"""A hot standby runs scripts as it runs queries, and promotion disturbs none of them."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from calls import RunningCall, works
from cluster import Cluster, wait_until

PORT = 5433  # a socket's name, in a folder that only this test's clusters use


class Standby:
    """What the tests' words (calls, RunningCall) ask of a cluster, of the primary's copy."""

    connect = Cluster.connect
    execute = Cluster.execute
    satellites = Cluster.satellites

    def __init__(self, primary: Cluster):
        self.host, self.port, self.user = primary.host, PORT, primary.user
        self.data = primary.data.parent / "standby"
        self.log = primary.data.parent / "standby.log"
        self.binaries = Path(
            primary.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'")[0][0]
        )
        source = ["-h", primary.host, "-p", str(primary.port), "-U", primary.user]
        self.run("pg_basebackup", *source, "-D", str(self.data), "-R", "-c", "fast")
        self.run(
            "pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self.log), "-o", f"-p {PORT}"
        )

    def run(self, program: str, *arguments: str):
        owner = os.stat(self.data.parent)
        # As the server's user; who is not root is that already.
        drop = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        subprocess.run(
            [self.binaries / program, *arguments],
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            **(drop if os.geteuid() == 0 else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


@pytest.fixture
def pair(own_cluster):
    primary = own_cluster()
    standby = Standby(primary)
    yield primary, standby
    standby.run("pg_ctl", "stop", "-D", str(standby.data), "-m", "immediate")


def test_standby(pair):
    primary, standby = pair
    # The launchpad's folder is no part of a base backup: the standby has made its own.
    assert (standby.data / "pgsql_tmp_launchpad" / "launchpad.sock").exists()
    primary.execute("CREATE TABLE shared AS SELECT 42 AS a")
    there = "SELECT to_regclass('shared') IS NOT NULL"
    wait_until(lambda: standby.execute(there) == [(True,)], 10, "the table has arrived")
    assert works(standby)
    rows = standby.execute(
        "SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', "
        "'TABLE shared') AS t(a int)"
    )
    assert rows == [(42,)]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        standby.execute("CREATE TABLE not_here ()")

    standby.execute("ALTER SYSTEM SET max_standby_streaming_delay = 0")
    standby.execute("SELECT pg_reload_conf()")
    conflict = RunningCall(standby, "import time\ntime.sleep(60)", "TABLE shared")
    conflict.wait_for("running")
    primary.execute("DELETE FROM shared")
    primary.execute("VACUUM shared")
    assert conflict.error(20).sqlstate == "40001"
    cancels = "SELECT sum(cancels), sum(input_errors), sum(other_errors) FROM launchpad.stats"
    assert standby.execute(cancels) == [(1, 0, 0)]

    call = RunningCall(standby, "import time\ntime.sleep(2)\nOutputDataSet = [(7,)]")
    call.wait_for("running")
    standby.run("pg_ctl", "promote", "-D", str(standby.data))
    assert call.ended(10) == [(7,)]
    assert works(standby)

"""launchpad.check(): what it says of a working installation, and of broken ones."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from calls import works
from cluster import wait_until
from test_launchpad import launchpadd

HOST = [
    "host: user namespaces",
    "host: system call filter",
    "host: Landlock",
    "host: work directory",
    "host: space for /tmp",
    "host: separate users for satellites",
    "limits: memory",
    "limits: CPU",
    "limits: processes",
    "limits: pools",
]
LAYERS = [
    "self-check",
    "packages",
    "namespaces",
    "host name",
    "root",
    "/proc",
    "capabilities",
    "no_new_privs",
    "system call filter",
    "Landlock",
    "resource limits",
    "descriptors",
    "cgroup",
    "user",
]
# What a host may lack: without anything else, every script runs.
OPTIONAL = ["Landlock", "space for /tmp", "separate users for satellites"]
OPTIONAL += ["memory", "CPU", "pools", "host name", "/proc", "cgroup", "user"]


def check(cluster, **options) -> dict[str, tuple[str, str, str]]:
    rows = cluster.execute("SELECT * FROM launchpad.check()", **options)
    assert len(rows) == len({item for item, *_ in rows}), "an item is there twice"
    return {item: tuple(rest) for item, *rest in rows}


def test_sql_of_another_version(own_cluster):
    cluster = own_cluster(extension=False)
    cluster.execute("CREATE EXTENSION pg_launchpad VERSION '0.1.0'")
    status, found, advice = check(cluster)["server: SQL"]
    assert (status, found.split(",")[0]) == ("failed", "0.1.0")
    assert advice.startswith("ALTER EXTENSION pg_launchpad UPDATE")
    cluster.execute("ALTER EXTENSION pg_launchpad UPDATE")
    assert check(cluster)["server: SQL"][0] == "ok"


def test_what_a_working_installation_has(cluster, no_leaks):
    for language in ("Python", "R"):
        assert works(cluster, language)
    server = ["version", "SQL", "preloaded", "launchpad.enabled", "launchpadd"]
    server += ["program for Python", "program for R", "launchpad"]
    expected = [f"server: {item}" for item in server] + HOST
    for language in ("Python", "R"):
        expected += [f"{language}: {layer}" for layer in ["environment", *LAYERS]]
    rows = check(cluster)
    assert list(rows) == expected
    for item, (status, found, advice) in rows.items():
        assert found, item
        layer = item.partition(": ")[2]
        # A limit that is set, and that no cgroup enforces.
        if item in ("limits: memory", "limits: pools") and found.startswith("measured"):
            assert status == "failed", item
        else:
            assert status == "ok" or (status == "missing" and layer in OPTIONAL), (item, found)
        assert (status == "ok") == (advice == ""), item
    assert rows["Python: namespaces"][1] == "its own: cgroup, ipc, mnt, net, pid, user, uts"
    assert rows["Python: environment"][1].startswith("ready: Python 3.")
    assert rows["R: environment"][1].startswith("ready: R 4.")


def test_who_may_call_it(cluster, connection):
    connection.execute("CREATE ROLE checker")
    try:
        connection.execute("SET ROLE checker")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM launchpad.check()")
        connection.execute("RESET ROLE")
        connection.execute("GRANT pg_monitor TO checker")
        connection.execute("SET ROLE checker")
        (rows,) = connection.execute("SELECT count(*) FROM launchpad.check()").fetchone()
        assert rows > 8
        connection.execute("RESET ROLE")
    finally:
        connection.execute("RESET ROLE; DROP ROLE checker")


def test_a_launchpad_that_does_not_answer(cluster, no_leaks):
    pid = launchpadd(cluster)
    os.kill(pid, signal.SIGSTOP)
    try:
        rows = check(cluster)
        status, found, advice = rows["server: launchpad"]
        assert (status, found) == ("failed", "does not answer")
        assert "launchpadd" in advice
        assert rows["server: preloaded"][0] == "ok"
    finally:
        os.kill(pid, signal.SIGCONT)
    assert works(cluster)


def test_what_is_broken(own_cluster):
    cluster = own_cluster(
        "launchpad.python=/usr/bin/false", "launchpad.r=", "launchpad.enabled=off"
    )
    rows = wait_until(
        lambda: (now := check(cluster))["Python: environment"][0] == "failed" and now, 20
    )
    assert "launchpad.python" in rows["Python: environment"][2]
    assert rows["Python: sandbox"][0] == "missing"
    assert rows["R: environment"][0] == "missing"
    assert "launchpad.r is empty" in rows["R: environment"][1]
    assert not [item for item in rows if item.startswith("R: ") and item != "R: environment"]
    assert rows["server: launchpad.enabled"][0] == "failed"


def has_range(cluster) -> bool:
    owner = cluster.data.owner()
    lines = Path("/etc/subuid").read_text().splitlines() if Path("/etc/subuid").exists() else []
    return any(line.split(":")[0] in (owner, str(cluster.data.stat().st_uid)) for line in lines)


def test_users_that_are_demanded_where_there_are_none(own_cluster):
    cluster = own_cluster("launchpad.worker_uids=on")
    if has_range(cluster):
        pytest.skip("needs a host without subordinate ids for the server's user")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as caught:
        works(cluster)
    assert 'Step "worker": ' in caught.value.diag.message_detail
    assert "launchpad.worker_uids" in caught.value.diag.message_hint
    status, found, advice = check(cluster)["host: separate users for satellites"]
    assert status == "failed"
    assert (found, advice) == ("newuidmap is not installed", "install the package uidmap") or (
        found.startswith("/etc/subuid does not have a range ")
        and "to /etc/subuid and /etc/subgid" in advice
    )
    cluster.execute("ALTER SYSTEM SET launchpad.worker_uids = 'auto'")
    cluster.execute("SELECT pg_reload_conf()")

    def again():
        try:
            return works(cluster)
        except psycopg.Error:
            return False

    wait_until(again, 20, "scripts run again")
    assert check(cluster)["host: separate users for satellites"][0] == "missing"


def test_no_boundary_is_said_plainly(own_cluster):
    cluster = own_cluster("launchpad.sandbox=container")
    check(cluster)
    lines = [line for line in cluster.log.read_text().splitlines() if "no boundary" in line]
    assert len(lines) == 1 and "WARNING" in lines[0], lines

"""From one major version of PostgreSQL to a later one, by pg_upgrade and by a dump."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import Cluster
from places import major, places

PG_CONFIG, OWNER = places("PG_CONFIG", "owner").values()
# Of an older server, which has the extension as well.
OLD = os.environ.get("OLD_PG_CONFIG", "")

pytestmark = pytest.mark.skipif(
    not OLD or major(OLD) >= major(PG_CONFIG), reason="OLD_PG_CONFIG names no older server"
)

BEFORE = """
CREATE EXTENSION pg_launchpad;
CREATE ROLE analyst LOGIN;
CREATE ROLE guest LOGIN;
GRANT EXECUTE ON FUNCTION execute_external_script TO analyst WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION execute_external_script TO guest;
GRANT EXECUTE ON PROCEDURE sp_execute_external_script TO analyst;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO analyst;
GRANT USAGE ON LANGUAGE launchpad_python TO guest;
ALTER ROLE guest SET launchpad.memory_limit = '512MB';
ALTER ROLE guest SET launchpad.pool = 'narrow';
SELECT launchpad.create_pool('narrow', max_memory_percent => 40, max_satellites => 2);
SELECT launchpad.alter_pool('default', max_cpu_percent => 90);
CREATE VIEW scores AS SELECT * FROM execute_external_script('Python',
    'OutputDataSet = InputDataSet * 2', 'SELECT generate_series(1, 3) AS a') AS t(a int);
CREATE VIEW seen AS SELECT language, calls FROM launchpad.stats;
CREATE VIEW pools AS SELECT * FROM launchpad.pool_definitions;
CREATE FUNCTION scored() RETURNS SETOF int LANGUAGE sql
    BEGIN ATOMIC SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
        'SELECT 7 AS a') AS t(a int); END;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM scores;
"""
SCORES = [(2,), (4,), (6,)]


def binaries(pg_config: str) -> Path:
    return Path(subprocess.check_output([pg_config, "--bindir"], text=True).strip())


def stop(cluster: Cluster):
    cluster.ctl("stop", "-m", "fast")


@pytest.fixture
def old() -> Iterator[Cluster]:
    cluster = Cluster(extension=False, pg_config=OLD)
    try:
        for statement in BEFORE.split(";\n"):
            cluster.execute(statement)
        assert cluster.execute("TABLE scores") == SCORES
        # Minor versions from November 2026 on note a version of each column here, which the
        # dump of a later major's older minor version does not know.
        cluster.execute("UPDATE pg_attribute SET attoptions = NULL WHERE attoptions IS NOT NULL")
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def new() -> Iterator[Cluster]:
    cluster = Cluster(extension=False)
    try:
        yield cluster
    finally:
        cluster.remove()


def check(cluster: Cluster, definitions: list[tuple], acls: list[tuple]):
    """All that the old one had is there, and works."""
    assert cluster.execute("TABLE pools ORDER BY name") == definitions
    assert rights(cluster) == acls
    assert cluster.execute("TABLE kept") == SCORES
    cluster.execute("REFRESH MATERIALIZED VIEW kept")
    assert cluster.execute("TABLE kept") == SCORES
    script = "SELECT * FROM execute_external_script('{}', '{}', 'SELECT 1 AS a') AS t(a int)"
    python = script.format("Python", "OutputDataSet = InputDataSet")
    r = script.format("R", "OutputDataSet <- InputDataSet")
    assert cluster.execute("SELECT * FROM scored()") == [(7,)]
    for role in ("analyst", "guest"):
        assert cluster.execute(python, user=role) == [(1,)]
    assert cluster.execute(r, user="analyst") == [(1,)]
    with pytest.raises(Exception, match="launchpad_r"):
        cluster.execute(r, user="guest")
    shown = cluster.execute(
        "SELECT current_setting('launchpad.memory_limit'), current_setting('launchpad.pool')",
        user="guest",
    )
    assert shown == [("512MB", "narrow")]
    pools = dict(cluster.execute("SELECT name, max_memory_percent FROM launchpad.pools"))
    assert pools["narrow"] == 40
    counted = cluster.execute("SELECT language, sum(calls) > 0 FROM launchpad.stats GROUP BY 1")
    assert sorted(counted) == [("Python", True), ("R", True)]


def rights(cluster: Cluster) -> list[tuple]:
    return cluster.execute("""
        SELECT name, array_agg(acl ORDER BY acl) FROM (
            SELECT proname::text, unnest(proacl)::text FROM pg_proc
             WHERE proname LIKE '%execute_external_script'
            UNION ALL
            SELECT lanname::text, unnest(lanacl)::text FROM pg_language
             WHERE lanname LIKE 'launchpad%'
        ) AS granted (name, acl) GROUP BY name ORDER BY name""")


def test_pg_upgrade(old, new):
    if subprocess.run([binaries(PG_CONFIG) / "psql", "-V"], capture_output=True).returncode != 0:
        pytest.skip("pg_upgrade asks psql for its version, and this server's crashes")
    definitions, acls = old.execute("TABLE pools ORDER BY name"), rights(old)
    for cluster in (old, new):
        stop(cluster)
    folder = old.data.parent / "upgrade"
    as_owner = ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups", "--"]
    as_owner = as_owner if os.geteuid() == 0 else []
    clean = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

    def run(*command: str | Path):
        done = subprocess.run(
            [*as_owner, *command],
            cwd=folder,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    subprocess.run([*as_owner, "mkdir", folder], check=True)
    # As new clusters of PostgreSQL 18 have them.
    controlled = subprocess.check_output(
        [binaries(PG_CONFIG) / "pg_controldata", new.data], env=clean, text=True
    )
    if "Data page checksum version:           0" not in controlled:
        run(binaries(OLD) / "pg_checksums", "--enable", "--pgdata", old.data)
    run(
        binaries(PG_CONFIG) / "pg_upgrade",
        f"--old-bindir={binaries(OLD)}",
        f"--new-bindir={binaries(PG_CONFIG)}",
        f"--old-datadir={old.data}",
        f"--new-datadir={new.data}",
        "--username=postgres",
        "--copy",
    )
    new.ctl("start", "-w")
    check(new, definitions, acls)


def test_a_dump(old, new, tmp_path):
    definitions, acls = old.execute("TABLE pools ORDER BY name"), rights(old)
    dump = tmp_path / "dump.sql"
    address = ["--host", old.host, "--port", str(old.port), "--username", old.user]
    with dump.open("w") as file:
        # Of the newer version, as PostgreSQL advises.
        subprocess.run([binaries(PG_CONFIG) / "pg_dumpall", *address], stdout=file, check=True)
    address = ["--host", new.host, "--port", str(new.port), "--username", new.user]
    psql = [new.program("psql"), *address, "--quiet", "-X", "-f", dump, "postgres"]
    done = subprocess.run(psql, capture_output=True, text=True, check=True)
    errors = [line for line in done.stderr.splitlines() if "ERROR" in line]
    assert all('role "postgres" already exists' in line for line in errors), errors
    check(new, definitions, acls)

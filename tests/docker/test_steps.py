"""The image's steps, run in a bare Debian tree, and what the official image's entrypoint and an
engine would do with it. Debian's own server stands for that of the official image, which has the
same folders."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from dockerfile import stages
from profiles import DOCKER, seccomp
from tree import Tree, sources

from cluster import LONG
from places import ROOT

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not LONG, reason="takes an hour; LAUNCHPAD_TEST_LONG=1 runs it"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("mmdebstrap") is None, reason="needs root and mmdebstrap"
    ),
]
SUITE, MAJOR = "trixie", "17"
DATA = "/var/lib/postgresql/data"
BIN = f"/usr/lib/postgresql/{MAJOR}/bin"
# As docker-entrypoint.sh does: a server for the time of the scripts, which takes no connections by
# TCP, and then the one that stays. $1: queries for that one.
ENTRYPOINT = f"""
set -e
{BIN}/initdb -D {DATA} -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null
{BIN}/pg_ctl -D {DATA} -l /tmp/log -s -w start -o "-c listen_addresses=''"
for script in /docker-entrypoint-initdb.d/*.sh; do "$script"; done
! launchpad-health || exit 9
{BIN}/pg_ctl -D {DATA} -s -w stop
{BIN}/pg_ctl -D {DATA} -l /tmp/log -s -w start || {{ cat /tmp/log; exit 1; }}
launchpad-health
psql -X -A -t -c "$1"
{BIN}/pg_ctl -D {DATA} -s -w stop
"""
QUERY = """
SELECT item FROM launchpad.check() WHERE status = 'failed' AND item NOT LIKE 'limits:%';
SELECT a FROM execute_external_script('R', 'OutputDataSet <- 43L') AS t(a int);
SELECT a FROM execute_external_script('Python', 'import sklearn
OutputDataSet = [(44,)]') AS t(a int);
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The final stage's tree."""
    top = tmp_path_factory.mktemp("trees")
    top.chmod(0o755)
    base = Tree.debian(top / "base", SUITE, "ca-certificates", f"postgresql-{MAJOR}")
    home = Path.home()
    rust = top / "rust" / "usr" / "local"
    toolchain = Path(os.environ.get("RUSTUP_HOME", home / ".rustup"))
    cargo = Path(os.environ.get("CARGO_HOME", home / ".cargo"))
    rust.mkdir(parents=True)
    (rust / "rustup").symlink_to(toolchain)
    (rust / "cargo").symlink_to(cargo)
    origins = {"rust": top / "rust", "": sources(top / "sources")}
    found = stages(ROOT / "docker" / "Dockerfile", PG_MAJOR=MAJOR)
    for stage in found:
        if stage.base.startswith("postgres:"):
            tree = base.copied(top / (stage.name or "final"))
            tree.build(stage, origins)
            origins[stage.name] = tree.folder
    try:
        yield tree
    finally:
        shutil.rmtree(top)


def test_the_image_serves(image):
    """Under the profile, as postgres, from an empty volume to calls in both languages."""
    inside = image.folder / "emulation"
    (inside / "tests" / "docker").mkdir(parents=True)
    shutil.copytree(ROOT / "docker", inside / "docker")
    shutil.copy(ROOT / "tests" / "docker" / "under.py", inside / "tests" / "docker")
    (inside / "entrypoint").write_text(ENTRYPOINT)
    (inside / "profile.json").write_text(json.dumps(seccomp.flat(seccomp.profile(DOCKER))))
    subprocess.run(["chmod", "-R", "a+rX", inside], check=True)
    image.run("install", "-d", "-o", "postgres", "-g", "postgres", DATA, "/run/postgresql")
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    told = image.run(
        *("/usr/bin/python3", "-B", "/emulation/tests/docker/under.py", "/emulation/profile.json"),
        *(*as_user, "bash", "/emulation/entrypoint", QUERY),
        POSTGRES_USER="postgres",
        POSTGRES_DB="postgres",
        PGPORT="54329",
        HOME="/",
    )
    assert told.splitlines() == ["the server takes no connections", "43", "44"], told

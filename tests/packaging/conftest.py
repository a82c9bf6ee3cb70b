"""Fixtures: packages, and bare Debian systems to install them in."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from places import ROOT, places

HERE = Path(__file__).parent
AT = places("PG_CONFIG", "target", "PYTHON")
TREES = Path(os.environ.get("LAUNCHPAD_TEST_TREES", "/var/cache/pg_launchpad/trees"))
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def script(*command: str, **environment: str) -> str:
    """What one of the project's scripts prints."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def pip_of_host(folder: Path) -> Path:
    """A configuration with which pip there reaches what this host's pip does."""
    config = "[global]\n"
    if CERTIFICATES.exists():
        shutil.copy(CERTIFICATES, folder)
        config += f"cert = /packages/{CERTIFICATES.name}\n"
    for name in ("index-url", "proxy"):
        command = [AT["PYTHON"], "-m", "pip", "config", "get", f"global.{name}"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            config += f"{name} = {asked.stdout.strip()}\n"
    (folder / "pip.conf").write_text(config)
    return folder / "pip.conf"


class Tree:
    """A bare Debian system; what scenarios change in it is in a folder of its own."""

    def __init__(self, suite: str, packages: Path, changes: Path):
        self.base, self.packages, self.changes = TREES / suite, packages, changes
        script("tests/packaging/tree", "make", suite, str(self.base))

    def run(self, name: str, *also: str) -> str:
        bound = [f"{self.packages}:/packages", f"{HERE / 'in_tree'}:/scenarios", *also]
        bound.append(f"{pip_of_host(self.packages)}:/etc/pip.conf")
        tree = ("tests/packaging/tree", "run", str(self.base), str(self.changes))
        return script(*tree, f"/scenarios/{name}", TREE_BIND=" ".join(bound))

    def changed(self, path: str) -> Path:
        return self.changes / "new" / path.removeprefix("/")


@pytest.fixture(scope="session")
def packages(tmp_path_factory) -> Path:
    """`new` has those of this build, `old` those of another build with a lower version."""
    folder = tmp_path_factory.mktemp("packages")
    target, built = Path(AT["target"]), Path("release")
    shutil.rmtree(target / "packages", ignore_errors=True)
    script("scripts/package", "--built")
    shutil.copytree(target / "packages", folder / "new")
    other = tmp_path_factory.mktemp("target")
    (other / built).mkdir()
    for file in (target / built).iterdir():
        if file.suffix == ".so" or file.name in ("launchpadd", "launchpad-keeper"):
            (other / built / file.name).write_bytes(file.read_bytes() + b"older")
    [new] = (folder / "new").glob("launchpad-common_*_all.deb")
    lower = new.name.split("_")[1] + "~before"
    script("scripts/package", "--built", CARGO_TARGET_DIR=str(other), PACKAGE_VERSION=lower)
    shutil.copytree(other / "packages", folder / "old")
    return folder


@pytest.fixture
def tree(tmp_path_factory):
    """Makes a tree of a Debian, with a folder of packages: tree('bookworm', packages)."""
    made = []

    def make(suite: str, packages: Path) -> Tree:
        made.append(tmp_path_factory.mktemp("tree"))
        return Tree(suite, packages, made[-1])

    yield make
    for changes in made:
        shutil.rmtree(changes, ignore_errors=True)

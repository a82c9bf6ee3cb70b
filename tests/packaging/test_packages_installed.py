"""The packages on bare Debian systems: installed by apt, used, upgraded, removed. An hour."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from places import ROOT

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not os.environ.get("LAUNCHPAD_TEST_PACKAGES"), reason="LAYERS=packages make test-long"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can enter another system"),
]


def test_installed_used_and_purged(tree, packages):
    assert "== done" in tree("bookworm", packages).run("fresh")


def test_upgraded_while_a_server_runs(tree, packages):
    assert "== done" in tree("bookworm", packages).run("upgrade")


def test_debian_13(tree, tmp_path):
    """Built there, for its own server, and used in another tree."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    packed = subprocess.run(listed, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    copy = f"tar --null -T - --ignore-failed-read -c | tar -x -C '{checkout}'"
    subprocess.run(["bash", "-c", copy], cwd=ROOT, input=packed.stdout, check=True)
    home = Path.home()
    rust = [
        f"{os.environ.get('CARGO_HOME', home / '.cargo')}:/root/.cargo",
        f"{os.environ.get('RUSTUP_HOME', home / '.rustup')}:/root/.rustup",
    ]
    built = tree("trixie", tmp_path)
    built.run("build", f"{checkout}:/checkout", *rust)
    folder = tmp_path / "packages"
    shutil.copytree(built.changed("/build/target/packages"), folder / "new")
    assert "== done" in tree("trixie", folder).run("fresh")


def test_lintian(packages):
    files = sorted((packages / "new").glob("*.deb"))
    assert len(files) == 2
    command = ["lintian", "--allow-root", "--fail-on", "none", "--tag-display-limit", "0"]
    said = subprocess.check_output([*command, *files], text=True, stderr=subprocess.STDOUT)
    found = [line for line in said.splitlines() if line[:2] in ("E:", "W:")]
    assert found == []

"""The packages on bare Debian systems: installed by apt, used, upgraded, removed. Half an hour."""

import os
import subprocess

import pytest

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not os.environ.get("LAUNCHPAD_TEST_PACKAGES"), reason="LAYERS=packages make test-long"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can enter another system"),
]

# Reasons are in packaging/README.md.
ACCEPTED = ()


def test_installed_used_and_purged(tree):
    assert "== done" in tree("bookworm").run("fresh")


def test_upgraded_while_a_server_runs(tree):
    assert "== done" in tree("bookworm").run("upgrade")


def test_lintian(packages):
    files = sorted((packages / "new").glob("*.deb"))
    assert len(files) == 2
    command = ["lintian", "--allow-root", "--fail-on", "none", "--tag-display-limit", "0"]
    said = subprocess.check_output([*command, *files], text=True, stderr=subprocess.STDOUT)
    found = [line for line in said.splitlines() if line[:2] in ("E:", "W:")]
    assert found == list(ACCEPTED)

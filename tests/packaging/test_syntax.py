"""What tools say about the packages' files that nothing here runs."""

import os
import re
import shutil
import subprocess

import pytest

from places import ROOT

PACKAGING = ROOT / "packaging"
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not os.environ.get("LAUNCHPAD_TEST_PACKAGES"), reason="LAYERS=packages make test-long"
    ),
]


def said(*command) -> str:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    return f"{done.stdout}{done.returncode}"


@pytest.mark.parametrize("page", sorted(PACKAGING.glob("man/*")), ids=lambda path: path.name)
def test_manual_pages(page):
    assert said("mandoc", "-Tlint", "-W", "warning", page) == "0"


def test_spec():
    """Its syntax, and the packages that it makes."""
    parsed = said("rpmspec", "--parse", PACKAGING / "pg_launchpad.spec")
    assert parsed.endswith("\n0"), parsed
    version = re.search(r"^Version: +(.*)$", (PACKAGING / "pg_launchpad.spec").read_text(), re.M)[1]
    names = said("rpmspec", "-q", "--qf", "%{name} %{version}\n", PACKAGING / "pg_launchpad.spec")
    assert names == f"pg_launchpad_17 {version}\nlaunchpad-common {version}\n0"


def test_profile(tree, tmp_path):
    """By the parser of Debian 13: that of Debian 12 does not know user namespaces."""
    folder = shutil.copytree(PACKAGING, tmp_path / "packaging")
    assert "== done" in tree("trixie", folder).run("profile")

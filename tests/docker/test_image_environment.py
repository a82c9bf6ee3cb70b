"""docker/environment: a Python that needs nothing of the image it is mounted in."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cluster import can_mount
from places import ROOT, places

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not can_mount(), reason="only root can hide the host's Python"),
    pytest.mark.skipif(shutil.which("patchelf") is None, reason="needs patchelf"),
]
# What is left of Python on such a host: nothing.
HIDDEN = """
for folder in /opt/pg_launchpad/venv /usr/lib/python3*; do mount -t tmpfs none "$folder"; done
for file in /usr/bin/python3*; do [ -L "$file" ] || mount --bind /dev/null "$file"; done
for file in libexpat.so.1; do
    found=$(ldconfig -p | sed -n "s/.*$file .* => //p" | head -1)
    [ -z "$found" ] || mount --bind /dev/null "$(readlink -f "$found")"
done
"""
SCRIPT = """
import ctypes, ssl, sqlite3, sys, sklearn, pandas, xml.parsers.expat
import numpy
OutputDataSet = pandas.DataFrame({"at": [sys.prefix, numpy.__file__, ssl.__file__]})
"""


@pytest.fixture(scope="module")
def environment():
    folder = Path("/var/tmp") / f"pglp-environment.{os.getpid()}"
    try:
        subprocess.run([ROOT / "docker" / "environment", folder], check=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_scripts_run_where_the_host_has_no_python(own_cluster, environment):
    settings = [f"launchpad.python={environment}/bin/python", "launchpad.r="]
    call = f"SELECT * FROM execute_external_script('Python', $${SCRIPT}$$) AS t(at text)"
    cluster = own_cluster(*settings, mounts=HIDDEN)
    found = [at for (at,) in cluster.execute(call)]
    assert found[0] == str(environment)
    assert all(at.startswith(f"{environment}/lib/") for at in found[1:])


def test_what_the_host_lacks_then():
    """The mounts of the test above do hide the host's Python."""
    python = places("PYTHON")["PYTHON"]
    command = ["unshare", "--mount", "sh", "-ec", f"{HIDDEN}\n{python} -c 'import os' 2>&1"]
    assert subprocess.run(command, capture_output=True).returncode != 0

"""The seccomp profiles of engines, and clusters under them."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from calls import LANGUAGES, ONE_ROW, statement
from cluster import Cluster
from places import ROOT

sys.path.insert(0, str(ROOT / "docker"))
import seccomp

HERE = Path(__file__).resolve().parent
UNDER = HERE / "under.py"
# In Docker's form; each names its version.
DOCKER = json.loads((ROOT / "docker" / "moby.json").read_text())
PODMAN = json.loads((HERE / "podman.json").read_text())
# What engines hide of /proc by default, where this kernel has it. One is enough for the kernel to
# refuse another /proc in the namespaces of satellites.
MASKED = [file for file in ("/proc/kcore", "/proc/timer_list") if os.path.exists(file)][:1]
LAYERS = ("namespaces", "root", "host name", "/proc", "system call filter", "self-check")
MASKS = "\n".join(f"mount --bind /dev/null {file}" for file in MASKED)


@contextmanager
def under(profile: dict, *settings: str, mounts: str = "") -> Iterator[Cluster]:
    """A cluster whose server runs under the profile."""
    with tempfile.NamedTemporaryFile("w", prefix="pglp-seccomp.", suffix=".json") as file:
        json.dump(seccomp.flat(profile) if "archMap" in profile else profile, file)
        file.flush()
        within = [sys.executable, "-B", str(UNDER), file.name]
        cluster = Cluster(*settings, mounts=mounts, within=within)
        try:
            yield cluster
        finally:
            cluster.remove()


def check(cluster: Cluster) -> dict[str, tuple[str, str, str]]:
    """launchpad.check(): an item's status, what was found, and advice."""
    rows = cluster.execute("SELECT * FROM launchpad.check()")
    return {item: tuple(rest) for item, *rest in rows}


def failures(cluster: Cluster, *without: str) -> list[str]:
    """What of the strict sandbox does not work, but for layers that are known to be missing."""
    found = []
    for options in ("", "-c launchpad.network=host"):
        for language in LANGUAGES:
            try:
                call = statement(ONE_ROW[language], "SELECT 1 AS x", language)
                assert cluster.execute(call, options=options) == [(1,)]
            except psycopg.Error as error:
                found.append(f"{language} {options}: {error.diag.message_detail}")
    rows = check(cluster)
    for language in LANGUAGES:
        for layer in LAYERS:
            status, words, _ = rows.get(f"{language}: {layer}", ("missing", "not seen", ""))
            if status != "ok" and layer not in without:
                found.append(f"{language}: {layer}: {words}")
    return found

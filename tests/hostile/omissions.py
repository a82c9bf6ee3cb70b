"""Satellites whose sandbox leaves steps out: what each of its layers stops, and that without any
the scripts would get through.

The launcher's native part is built with the feature `omissions`, into the folder of the tests'
builds, from which nothing is installed. The scripts run in pid and network namespaces around it
all, as the cluster's owner, never as root (driver.py).
"""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from corpus import HERE, Script
from places import places

ROOT = HERE.parent.parent
OOM_SCORE = "oom score"
# Made inside the root that is shown to a script: without namespaces there is none of it.
VIEW = ("root", "trees", "etc", "dev", "scratch", "proc", "pivot")


@dataclass(frozen=True)
class Group:
    """Steps that are left out together, in the words of the sandbox (steps/mod.rs), and for which
    scripts: those that name the layer, or are in the folders."""

    steps: tuple[str, ...]
    layer: str
    folders: tuple[str, ...] = ()

    def concerns(self, script: Script) -> bool:
        folder = script.path.parent.name
        return self.layer in script.layers and (not self.folders or folder in self.folders)


GROUPS = {
    # The capability to drop capabilities comes with the user namespace, and without one the limit
    # of processes counts all of the server's.
    "namespaces": Group(
        (
            "namespaces",
            "cgroup",
            "identity",
            "propagation",
            *VIEW,
            "hostname",
            "capabilities",
            "limits",
        ),
        "NS",
    ),
    "file system": Group(VIEW, "NS"),
    "Landlock": Group(("landlock",), "LL"),
    # The zygote's would do for much of it.
    "filter": Group(("filter", "zygote's filter"), "SC"),
    "limits": Group(("limits", "memory"), "RL"),
    "capabilities": Group(("capabilities",), "NS", ("privileges",)),
    "no new privileges": Group(("privileges",), "NNP"),
    "descriptors": Group(("closing", "script descriptors", "closing again"), "FD"),
    "undumpable": Group(("undumpable",), "NS", ("files", "memory")),
    # Set from outside, by who plays launchpadd.
    "oom score": Group((OOM_SCORE,), "NS", ("processes",)),
}
# Since Linux 6.12 Landlock stops much of what other layers stop as well. So that these are tried
# too, it is left out with each of them.
GROUPS |= {
    f"{name} + Landlock": replace(GROUPS[name], steps=(*GROUPS[name].steps, "landlock"))
    for name in ("namespaces", "file system", "filter", "undumpable")
}
EVERYTHING = "all"


def missing() -> str | None:
    """Why the runs cannot be made here."""
    if os.geteuid() != 0:
        return (
            "needs root, to make namespaces around the scripts and to become another user in them"
        )
    for program in ("unshare", "setpriv", "cargo"):
        if shutil.which(program) is None:
            return f"needs {program}"
    return None


def build() -> Path:
    """A launcher that can omit steps, in a folder of the cluster's owner; the caller removes it."""
    env = places("owner", "VENV", "target")
    subprocess.run(
        ["cargo", "build", "--quiet", "-p", "launchpad-python", "--features", "omissions"],
        cwd=ROOT,
        check=True,
    )
    folder = Path(tempfile.mkdtemp(prefix="pglp-omissions."))
    shutil.copytree(
        ROOT / "launchers/python/launcher",
        folder / "launcher",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(
        Path(env["target"]) / "debug/liblaunchpad_shim.so",
        folder / "launcher/launchpad_shim.abi3.so",
    )
    for path in (
        HERE / "driver.py",
        HERE / "planted.py",
        ROOT / "launchers/python/tests/launchpad.py",
        ROOT / "launchers/python/tests/postcard.py",
    ):
        shutil.copy(path, folder)
    shutil.chown(folder, env["owner"])
    return folder


def size(text: str) -> int:
    return int(text.removesuffix("MB")) << 20


def run(built: Path, omissions: str | tuple[str, ...], scripts: list[Script]) -> dict[str, tuple]:
    """Outcome and detail of each script that can be run so, by its name."""
    env = places("owner", "VENV", "target")
    prelude = (HERE / "scripts/prelude.py").read_text()
    names = omissions if isinstance(omissions, str) else ",".join(omissions)
    cases = [
        {
            "name": script.name,
            "text": f"{prelude}\n{script.path.read_text()}",
            "again": script.again,
            "leaves": script.path.parent.name == "leftovers",
            "memory": size(script.settings.get("launchpad.memory_limit", "1024MB")),
            "tmp": size("4MB"),
            "policy": {
                "programs": script.settings.get("launchpad.allow_exec") == "on",
                "network": int(script.settings.get("launchpad.network") == "host"),
            },
        }
        for script in scripts
        if script.language == "Python" and script.fits() and not script.only_whole
    ]
    folder = Path(tempfile.mkdtemp(prefix="pglp-omissions."))
    try:
        shutil.copytree(built, folder, dirs_exist_ok=True)
        told = {
            "owner": env["owner"],
            "omissions": names,
            "outside": names == EVERYTHING or "pivot" in omissions,
            "score": not (names == EVERYTHING or OOM_SCORE in omissions),
            "cases": cases,
        }
        (folder / "cases.json").write_text(json.dumps(told))
        folder.chmod(0o755)
        shutil.chown(folder, env["owner"])
        done = subprocess.run(
            [
                # Killed with this process, and all that is in the namespaces with it.
                *("setpriv", "--pdeathsig", "KILL"),
                *("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"),
                *(f"{env['VENV']}/bin/python", "-B", folder / "driver.py", folder),
            ],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    finally:
        shutil.rmtree(folder)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(found) == len(cases), done.stderr
    return {name: (outcome, detail) for name, outcome, detail in found}

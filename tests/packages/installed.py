"""Environments in which hostile packages are installed, as an administrator would have done it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from places import places

HERE = Path(__file__).resolve().parent

# The package is loaded by all of these: a line of a .pth file, site's own hook, packages that
# pandas looks for when it is imported, and a shared library.
PTH = "import evil; evil.deliver('pth')\n"
HOOK = "import evil; evil.deliver('sitecustomize')\n"
OPTIONAL = "__version__ = '0'\nimport evil; evil.deliver('{}')\n"
DESCRIPTION = """Package: evil
Version: 6.6.6
Title: Evil
Description: Misbehaves.
Author: Nobody
Maintainer: Nobody <nobody@example.com>
License: GPL-3
"""
# In an installed package its name is written in one file besides names of files.
RENAME = """
path <- commandArgs(TRUE)
description <- readRDS(path[1])
description$DESCRIPTION[["Package"]] <- path[2]
saveRDS(description, path[1])
"""


def modules() -> Path:
    """Where the packages are that scripts need."""
    (folder,) = Path(places("VENV")["VENV"]).glob("lib/python3*/site-packages")
    return folder


def library(path: Path, facts: list[tuple]) -> bool:
    """Builds evil.c, with its facts; False where there is no compiler."""
    path.with_name(f"{path.name}.facts").write_text("".join(f"{k} {v}\n" for k, v in facts))
    if shutil.which("gcc") is None:
        return False
    warnings = ("-Wall", "-Wno-unused-result")
    build = ["gcc", *warnings, "-shared", "-fPIC", "-o", path, HERE / "evil.c", "-ldl"]
    subprocess.run(build, check=True)
    return True


def environment(folder: Path, kind: str, facts: dict, native: list[tuple] | None = None) -> Path:
    """A virtual environment, whose interpreter is returned; `kind` is a function of evil.py's.
    `native`: the facts of the shared library, if it has one."""
    make = [places("PYTHON")["PYTHON"], "-m", "venv", "--without-pip", folder]
    subprocess.run(make, check=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    shutil.copy(HERE / "evil.py", packages)
    (packages / "evil.json").write_text(json.dumps(facts | {"kind": kind}))
    # What it does not have itself is found where it is already: that folder is a readable path.
    (packages / "a_modules.pth").write_text(f"{modules()}\n")
    (packages / "b_evil.pth").write_text(PTH)
    (packages / "sitecustomize.py").write_text(HOOK)
    (packages / "numexpr.py").write_text(OPTIONAL.format("optional"))
    if native is not None and library(packages / "libevil.so", [*native, ("package", packages)]):
        (packages / "bottleneck.py").write_text(OPTIONAL.format("library"))
    return folder / "bin" / "python"


def r_library(folder: Path, names: tuple[str, ...], facts: list[tuple]):
    """A library of R's with the package under each of these names, with evil.c in it."""
    source = folder.parent / "evil-source"
    (source / "R").mkdir(parents=True)
    (source / "DESCRIPTION").write_text(DESCRIPTION)
    (source / "NAMESPACE").write_text("export(told)\n")
    shutil.copy(HERE / "evil.R", source / "R")
    folder.mkdir(exist_ok=True)
    r = places("R")["R"]
    install = [r, "CMD", "INSTALL", "--no-docs", "--no-test-load", f"--library={folder}", source]
    subprocess.run(install, check=True, capture_output=True)
    for name in names:
        if name != "evil":
            copied = folder / name
            shutil.copytree(folder / "evil", copied)
            for file in (copied / "R").glob("evil*"):
                file.rename(file.with_name(file.name.replace("evil", name)))
            rename = [r, "--vanilla", "--no-echo", "-e", RENAME, "--args"]
            subprocess.run([*rename, copied / "Meta" / "package.rds", name], check=True)
    tell_r(folder, facts)


def tell_r(folder: Path, facts: list[tuple]):
    """What an attacker could know by now; nothing is attacked without."""
    facts = [*facts, ("package", folder / "evil")]
    library(folder / "evil.so", facts)
    (folder / "evil.facts").write_text("".join(f"{name} {value}\n" for name, value in facts))


def opened(folder: Path):
    """Everybody may read it."""
    for top, _, files in os.walk(folder):
        os.chmod(top, 0o755)
        for name in files:
            if not os.path.islink(f"{top}/{name}"):
                os.chmod(f"{top}/{name}", os.stat(f"{top}/{name}").st_mode | 0o444)

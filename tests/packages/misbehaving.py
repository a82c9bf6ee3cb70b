"""Packages that misbehave when they are loaded in advance: files of Python, and packages of R's,
with a line of code each."""

import os
import subprocess
from pathlib import Path

from places import places

# What is the matter is told by these words in launchpad.imports.
PYTHON = {
    "pl_good": ("VALUE = 42", None),
    "pl_raises": ("raise ValueError('not in advance')", "ValueError: not in advance"),
    "pl_exits": ("import sys; sys.exit('so long')", "SystemExit: so long"),
    "pl_leaves": ("import os; os._exit(7)", "exited with status 7"),
    "pl_crashes": ("import ctypes; ctypes.string_at(0)", "signal 11"),
    "pl_thread": (
        "import threading, time\\n"
        "threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()",
        "thread",
    ),
    "pl_file": ("KEPT = open('/tmp/pl_file', 'w')", "descriptor"),
    "pl_pair": ("import socket; KEPT = socket.socketpair()", "descriptor"),
    "pl_forks": ("import os, time; os.fork() or time.sleep(1e6)", "started processes"),
    "pl_large": ("KEPT = bytearray(b'x') * (600 << 20)", "launchpad.preload_memory"),
    "pl_spoils": (
        "import os, exercise\\ndef run(): raise OSError('spoilt')\\nexercise.run = run",
        "OSError: spoilt",
    ),
    "pl_kills_children": (
        "import os; os.register_at_fork(after_in_child=lambda: os._exit(0))",
        "a forked process ends",
    ),
    "pl_speaks": ("import os; os.write(3, b'\\\\xff' * 10)", "malformed message"),
    "pl_closes": ("import os; os.close(3)", "Bad file descriptor"),
}
R = {
    "plgood": ("NULL", None),
    "plraises": ("stop('not in advance')", "not in advance"),
    "plquits": ("quit(status = 7)", "exited with status 7"),
    "plfile": ("assign('kept', file('/tmp/plfile', 'w'), globalenv())", "descriptor"),
    "pllarge": ("assign('kept', numeric(6e7) + 1, globalenv())", "launchpad.preload_memory"),
    "plforks": ("parallel::mcparallel(Sys.sleep(1e6), detached = TRUE)", "started processes"),
    "plcloses": ("parallel:::closeFD(3L)", "Bad file descriptor"),
}

DESCRIPTION = """Package: {}
Version: 1.0
Title: Misbehaves
Description: Misbehaves when it is loaded.
Author: Nobody
Maintainer: Nobody <nobody@example.com>
License: GPL-3
"""


def python(folder: Path) -> Path:
    """A virtual environment with all of them, whose interpreter is returned. The packages of the
    usual one must be a readable path."""
    make = [places("PYTHON")["PYTHON"], "-m", "venv", "--without-pip", folder]
    subprocess.run(make, check=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (usual,) = Path(places("VENV")["VENV"]).glob("lib/python3*/site-packages")
    (packages / "a_modules.pth").write_text(f"{usual}\n")
    for name, (code, _) in PYTHON.items():
        (packages / f"{name}.py").write_text(code.replace("\\n", "\n") + "\n")
    return folder / "bin" / "python"


def r(folder: Path):
    """A library of R's with all of them."""
    folder.mkdir(exist_ok=True)
    sources = folder.parent / "r-sources"
    for name, (code, _) in R.items():
        source = sources / name
        (source / "R").mkdir(parents=True)
        (source / "DESCRIPTION").write_text(DESCRIPTION.format(name))
        (source / "NAMESPACE").write_text("export(value)\n")
        (source / "R" / "all.R").write_text(f"value <- 42\n.onLoad <- function(...) {code}\n")
    install = [places("R")["R"], "CMD", "INSTALL", "--no-docs", "--no-test-load"]
    made = [str(sources / name) for name in R]
    subprocess.run([*install, f"--library={folder}", *made], check=True, capture_output=True)


def opened(folder: Path):
    """Everybody may read it."""
    for top, _, files in os.walk(folder):
        os.chmod(top, 0o755)
        for name in files:
            path = Path(top, name)
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o444)

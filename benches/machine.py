"""Where and with what the numbers were made."""

import importlib.metadata
import json
import os
import platform
import subprocess
from contextlib import suppress
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("numpy", "pandas", "pyarrow", "scikit-learn", "matplotlib")
CLIENTS = ("psycopg", "adbc-driver-postgresql")
VERSIONS = f"""
import importlib.metadata, json, platform
from contextlib import suppress
found = dict(Python=platform.python_version())
for name in {PACKAGES}:
    with suppress(importlib.metadata.PackageNotFoundError):
        found[name] = importlib.metadata.version(name)
print(json.dumps(found))
"""


def output(*command: str | Path) -> str | None:
    """What a command prints, or None where it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def processor() -> str:
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return names[0] if names else platform.machine()


def machine() -> dict:
    """As it is now; `load`: how many processes wanted to run in the last minute, on average."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": platform.release(),
        "load": round(os.getloadavg()[0], 2),
    }


def commit() -> str | None:
    return output("git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12")


def versions(session: psycopg.Connection) -> dict:
    """Of the server, what scripts run in, the languages that the server has, and the clients."""
    (postgres, python, r) = session.execute(
        """SELECT current_setting('server_version'), current_setting('launchpad.python'),
           current_setting('launchpad.r')"""
    ).fetchone()
    found = {"PostgreSQL": postgres.split()[0]}
    found |= json.loads(output(python, "-c", VERSIONS) or "{}")
    # "R version 4.2.2 Patched (2022-11-10 r83330)", without a session and its temporary folder.
    found["R"] = (output(r, "--version") or "R version unknown").split()[2]
    extensions = session.execute(
        "SELECT extname, extversion FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"
    ).fetchall()
    found |= dict(extensions)
    for client in CLIENTS:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[client] = importlib.metadata.version(client)
    return found

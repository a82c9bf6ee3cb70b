"""Has the package that a job imports preloaded, or not, before a system takes its turn.

With `auto` it is when calls have lost as much time by it as loading a zygote takes. The zygote is
loaded while the one before goes on, and its satellites replace those that wait.
"""

import time
from collections.abc import Callable

import psycopg

from description import Job, System

PATIENCE = 60
"""Seconds."""


class NotPreloaded(Exception):
    """It is not, though it should be, or the other way about; and what launchpad.imports says."""


def preload(
    session: psycopg.Connection, system: System, job: Job, call: Callable[[], None]
) -> None:
    """Changes the server's settings to the system's, if the job imports a package, and calls until
    that is as it should be."""
    if not (job.imports and system.server):
        return
    for name, value in system.server.items():
        session.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    session.execute("SELECT pg_reload_conf()")
    wanted = "auto" in system.server.values()
    deadline = time.monotonic() + PATIENCE
    is_preloaded, note = found(session, job.imports)
    if is_preloaded == wanted:
        return
    while is_preloaded != wanted:
        if time.monotonic() > deadline:
            has = "is not" if wanted else "is still"
            raise NotPreloaded(f"{job.imports} {has} preloaded: {note or 'no call has been seen'}")
        call()
        is_preloaded, note = found(session, job.imports)
    # Until the satellites that wait are the new zygote's.
    time.sleep(1)


def found(session: psycopg.Connection, package: str) -> tuple[bool, str]:
    """Whether it is preloaded, and what else is to be said about it."""
    row = session.execute(
        "SELECT preloaded, note FROM launchpad.imports WHERE module = %s", (package,)
    ).fetchone()
    return row or (False, "")


def reset(session: psycopg.Connection, systems: list[System]) -> None:
    """All settings as they were."""
    names = {name for system in systems for name in system.server}
    for name in sorted(names):
        session.execute(f"ALTER SYSTEM RESET {name}")
    session.execute("SELECT pg_reload_conf()")

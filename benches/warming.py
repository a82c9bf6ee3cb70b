"""What one more warm satellite costs: CPU time of its own, and of those who make it."""

import os
import time
from pathlib import Path

import psycopg

from description import Answer, Question

MORE = 10
"""So many at once: by this the setting is raised."""

PROC = Path("/proc")


class Warming:
    """Has satellites made ahead of need and takes the CPU time that those of a language needed: the
    new satellites' own (each its init and the script's process), and by how much its zygote's and
    launchpadd's grew. launchpadd makes those of the other language at the same time, and its is
    shared by all.
    """

    def __init__(self, language: str):
        self._language = language
        self._before: dict[int, str] = {}
        self.cost = 0.0
        """Of one satellite in the last run, in seconds."""

    def prepare(self, session: psycopg.Connection, question: Question) -> None:
        pass

    def run(self, session: psycopg.Connection, question: Question) -> Answer:
        self._before = before = warm(session)
        makers = makers_of(before)
        spent = {pid: on_cpu(pid) for pid in makers.values()}
        (number,) = session.execute("SHOW launchpad.warm_satellites").fetchone()
        session.execute(f"ALTER SYSTEM SET launchpad.warm_satellites = {int(number) + MORE}")
        after = reloaded(session, len(before) + MORE * len(set(before.values())))
        new = after.keys() - before.keys()
        mine = [pid for pid in new if after[pid] == self._language]
        grown = {maker: on_cpu(pid) - spent[pid] for maker, pid in makers.items()}
        own = sum(on_cpu(each) for pid in mine for each in (pid, *children(pid)))
        self.cost = (own + grown[self._language]) / len(mine) + grown["launchpadd"] / len(new)
        return None

    def tidy(self, session: psycopg.Connection) -> None:
        session.execute("ALTER SYSTEM RESET launchpad.warm_satellites")
        reloaded(session, len(self._before))

    def finish(self) -> None:
        pass


def warm(session: psycopg.Connection) -> dict[int, str]:
    """The warm satellites' inits, and their languages."""
    return dict(
        session.execute(
            "SELECT satellite_pid, language FROM launchpad.satellites WHERE state = 'warm'"
        ).fetchall()
    )


def reloaded(session: psycopg.Connection, number: int) -> dict[int, str]:
    """Reads the settings again and waits until so many satellites are warm, and done with it."""
    session.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + 60
    while len(found := warm(session)) != number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(found)} satellites are warm, not {number}")
        time.sleep(0.05)
    time.sleep(0.2)
    return found


def makers_of(satellites: dict[int, str]) -> dict[str, int]:
    """launchpadd and the zygotes by language: their satellites have the same command line."""
    keepers = {parent(pid) for pid in satellites}
    launchpadd = parent(parent(next(iter(keepers))))
    languages = {command(pid): language for pid, language in satellites.items()}
    below = [pid for keeper in keepers for pid in children(keeper)]
    zygotes = [pid for pid in below if pid not in satellites]
    found = {languages[command(pid)]: pid for pid in zygotes if command(pid) in languages}
    return {"launchpadd": launchpadd, **found}


def on_cpu(pid: int) -> float:
    """Seconds that its threads were running, and the children that it has seen end; nothing once it
    is gone."""
    try:
        spent = [task.read_text() for task in PROC.glob(f"{pid}/task/*/schedstat")]
        ended = sum(map(int, fields(pid)[13:15])) / os.sysconf("SC_CLK_TCK")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(text.split()[0]) for text in spent) / 1e9 + ended


def parent(pid: int) -> int:
    return int(fields(pid)[1])


def fields(pid: int) -> list[str]:
    """Of /proc/PID/stat, those after the name, which may hold anything: the third is the first."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def children(pid: int) -> list[int]:
    lists = [tasks.read_text() for tasks in PROC.glob(f"{pid}/task/*/children")]
    return [int(child) for text in lists for child in text.split()]


def command(pid: int) -> bytes:
    return (PROC / str(pid) / "cmdline").read_bytes()

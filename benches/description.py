"""The words that works and systems are described in.

A work is what is asked for; a system is who does it, and says in `does` how it does each work, by
the work's key. To add one, write its description in a file of works/ or systems/ and name it in the
folder's list. A new way of doing a work is a class here, next to Statement.
"""

import subprocess
from dataclasses import dataclass, field
from typing import Protocol

import psycopg

Answer = tuple | None


class Way(Protocol):
    """How a system does a work."""

    def prepare(self, session: psycopg.Connection, rows: int) -> None:
        """Whatever may be done once and is not timed."""

    def run(self, session: psycopg.Connection, rows: int) -> Answer:
        """The work itself, timed; what it found, or None where it cannot tell."""

    def tidy(self, session: psycopg.Connection) -> None:
        """After each run, not timed."""


@dataclass(frozen=True)
class Statement:
    """One SQL statement whose one row, or else whose count of rows, is the answer.

    In all of its texts `:rows` stands for the number of rows.
    """

    timed: str
    before: str = ""
    after: str = ""

    def prepare(self, session: psycopg.Connection, rows: int) -> None:
        if self.before:
            session.execute(self.before.replace(":rows", str(rows)))

    def run(self, session: psycopg.Connection, rows: int) -> Answer:
        cursor = session.execute(self.timed.replace(":rows", str(rows)))
        return cursor.fetchone() if cursor.description else (cursor.rowcount,)

    def tidy(self, session: psycopg.Connection) -> None:
        if self.after:
            session.execute(self.after)


class Program:
    """A process that is started and ends. `{python}` stands for the scripts' interpreter."""

    def __init__(self, *arguments: str):
        self._arguments = arguments
        self._command: list[str] = []

    def prepare(self, session: psycopg.Connection, rows: int) -> None:
        (python,) = session.execute("SELECT current_setting('launchpad.python')").fetchone()
        self._command = [argument.format(python=python) for argument in self._arguments]

    def run(self, session: psycopg.Connection, rows: int) -> Answer:
        subprocess.run(
            self._command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        return None

    def tidy(self, session: psycopg.Connection) -> None:
        pass


@dataclass(frozen=True)
class Work:
    key: str
    title: str
    table: str
    """Works of the same table stand side by side; the text is the table's title."""
    answer: str
    """SQL for what every system must find, to as many columns as it tells."""
    calls: int = 1
    """How often a system does it before it is the next one's turn."""
    pause: float = 0.0
    """Seconds between those calls."""
    shows: str = "range"
    """What the table shows besides the median: 'range' (fastest to slowest) or 'p99'."""


@dataclass(frozen=True)
class System:
    key: str
    title: str
    needs: str = ""
    """SQL that makes it usable in the database; what it is missing is this statement's error."""
    does: dict[str, Way] = field(default_factory=dict)
    calls: int | None = None
    """At most so many calls per turn, where one takes long."""
    beside: str = "python"
    """The system of ours that its ratio is to."""

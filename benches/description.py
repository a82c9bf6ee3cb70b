"""The words that works and systems are described in.

A job is what a script is to do with which rows. A work is a job and the pace at which it is asked
for. A system is who does it, and says in `does` how it does each work, by the work's key. To add
one, write its description in a file of works/ or systems/ and name it in the folder's list. Ways
other than Statement are in programs.py and warming.py, paces in paces.py.
"""

from dataclasses import dataclass, field
from typing import Protocol

import psycopg

from datasets import Dataset

Answer = tuple | None


@dataclass(frozen=True)
class Question:
    """What a run is asked. `:rows` and `:summary` stand for these in all texts of a way."""

    rows: int
    summary: str = "*"
    """The aggregates over what comes back; "*" where what comes back is one row, the answer."""

    def put(self, text: str) -> str:
        return text.replace(":rows", str(self.rows)).replace(":summary", self.summary)


class Way(Protocol):
    """How a system does a work."""

    def prepare(self, session: psycopg.Connection, question: Question) -> None:
        """Whatever may be done once and is not timed."""

    def run(self, session: psycopg.Connection, question: Question) -> Answer:
        """The work itself, timed; what it found, or None where it cannot tell."""

    def tidy(self, session: psycopg.Connection) -> None:
        """After each run, not timed."""

    def finish(self) -> None:
        """After the last run, or instead of it; prepared or not."""


@dataclass(frozen=True)
class Statement:
    """One SQL statement whose one row, or else whose count of rows, is the answer."""

    timed: str
    before: str = ""
    after: str = ""
    tells: bool = True
    """Whether what it finds is the answer."""

    def prepare(self, session: psycopg.Connection, question: Question) -> None:
        if self.before:
            session.execute(question.put(self.before))

    def run(self, session: psycopg.Connection, question: Question) -> Answer:
        cursor = session.execute(question.put(self.timed))
        found = cursor.fetchone() if cursor.description else (cursor.rowcount,)
        return found if self.tells else None

    def tidy(self, session: psycopg.Connection) -> None:
        if self.after:
            session.execute(self.after)

    def finish(self) -> None:
        pass


@dataclass(frozen=True)
class Job:
    key: str
    """Under which the scripts that do it are known."""
    record: str
    """What the script gives back, as a column definition list has it."""
    result: str
    """The same rows by SQL alone, to stand behind FROM."""
    query: str = ""
    """What the script reads."""
    dataset: Dataset | None = None
    """The table that this query needs, or whose rows the script makes."""
    summary: str = "*"
    """What a timed run is asked of what comes back."""
    proof: str = "*"
    """What the run before the timed ones is asked of it."""
    model: str = ""
    """The table of one row whose column of this name, bytea, is a variable of the script."""
    before: str = ""
    """SQL that makes what it needs besides the dataset."""
    imports: str = ""
    """The package that the script imports, if that matters."""
    stays: bool = False
    """A client is done when it has the result itself; else when its rows are in the server."""

    def answer(self, summary: str) -> str:
        return f"SELECT {summary} FROM {self.result}"


@dataclass(frozen=True)
class Work:
    key: str
    name: str
    """A letter and a number, for talking about it."""
    title: str
    table: str
    """Works of the same table stand side by side; the text is the table's title. Those of the same
    name and table are measured together, a round of each in turn.
    """
    job: Job
    pace: "Pace"
    shows: str = "range"
    """What its cells in the table show: see report.py."""
    settings: str = ""
    """SQL for its sessions."""

    def rows(self, asked: int) -> int:
        return self.job.dataset.rows(asked) if self.job.dataset else asked


@dataclass(frozen=True)
class System:
    key: str
    title: str
    needs: str = ""
    """SQL that makes it usable in the database; what it is missing is this statement's error."""
    does: dict[str, Way] = field(default_factory=dict)
    server: dict[str, str] = field(default_factory=dict)
    """Settings of the server that say what is preloaded: for jobs that import a package. If they
    are `auto`, that package is to be preloaded."""
    calls: int | None = None
    """At most so many calls per turn, where one takes long or all take the same."""
    beside: str = "python"
    """The system of ours that its ratio is to."""
    sums: tuple[str, ...] = ()
    """It does nothing itself: its numbers are the sums of these systems', round by round."""


class Pace(Protocol):
    """How a system's turn at a work goes."""

    sessions: int
    """How many it needs."""

    def take(
        self, way: Way, sessions: list[psycopg.Connection], turn: "Turn"
    ) -> dict[str, list[float]]:
        """One turn; its numbers by what they are: `seconds` that each call took, at least."""


@dataclass(frozen=True)
class Turn:
    question: Question
    expected: tuple
    calls: int | None = None
    """At most so many, if given."""

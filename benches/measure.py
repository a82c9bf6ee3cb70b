"""Works by every system in turn: A B C A B C …, so that what disturbs the machine for a while
disturbs all of them. The clock runs around one request that is answered by one row.
"""

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg

from description import Question, System, Turn, Way, Work
from paces import WrongAnswer, first
from preloading import NotPreloaded, preload, reset
from programs import ClientError


@dataclass
class Result:
    """What a system needed for a work."""

    work: Work
    system: System
    numbers: dict[str, list[float]] = field(default_factory=dict)
    failure: str | None = None

    @property
    def way(self) -> Way:
        return self.system.does[self.work.key]

    @property
    def seconds(self) -> list[float]:
        return self.numbers.get("seconds", [])


def connect() -> psycopg.Connection:
    return psycopg.connect(autocommit=True, application_name="bench")


def settle(monitor: psycopg.Connection) -> None:
    """Wait until launchpadd has made the satellites that the last calls used up.

    It would do so at the expense of whoever is next.
    """
    deadline = time.monotonic() + 10
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline:
        (busy,) = monitor.execute(
            "SELECT count(*) FROM launchpad.satellites WHERE state <> 'warm'"
        ).fetchone()
        quiet = quiet + 1 if busy == 0 else 0
        time.sleep(0.02)


def reason(error: Exception) -> str:
    """One line of what went wrong."""
    match error:
        case psycopg.Error(sqlstate=str(code)):
            return f"{code}: {error.diag.message_primary}"
        case subprocess.CalledProcessError():
            said = (error.stderr or "").strip().splitlines()
            return f"exit status {error.returncode}" + (f": {said[-1]}" if said else "")
    return (str(error).strip() or type(error).__name__).splitlines()[0]


FAILURES = (
    psycopg.Error,
    OSError,
    subprocess.CalledProcessError,
    ClientError,
    WrongAnswer,
    NotPreloaded,
)


def measure(
    works: list[Work], systems: list[System], rows: int, rounds: int, say: Callable[[str], None]
) -> list[Result]:
    """One result per work and system that does it, in the works' and the systems' order."""
    results = [Result(work, s) for work in works for s in systems if work.key in s.does]
    with ExitStack() as stack:
        monitor = stack.enter_context(connect())
        sessions = {
            id(result): [stack.enter_context(connect()) for _ in range(result.work.pace.sessions)]
            for result in results
        }
        for result in results:
            stack.callback(result.way.finish)
        if any(work.job.imports for work in works):
            stack.callback(reset, monitor, systems)

        def asked(result: Result, summary: str) -> tuple[Question, tuple]:
            question = Question(result.work.rows(rows), summary)
            answer = question.put(result.work.job.answer(summary))
            if answer not in expected:
                expected[answer] = monitor.execute(answer).fetchone()
            return question, expected[answer]

        def ready(result: Result) -> None:
            def call() -> None:
                result.way.run(sessions[id(result)][0], asked(result, result.work.job.summary)[0])

            preload(monitor, result.system, result.work.job, call)
            settle(monitor)

        def turn(result: Result) -> None:
            ready(result)
            its = Turn(*asked(result, result.work.job.summary), result.system.calls)
            taken = result.work.pace.take(result.way, sessions[id(result)], its)
            for what, numbers in taken.items():
                result.numbers.setdefault(what, []).extend(numbers)

        def prepare(result: Result) -> None:
            for session in sessions[id(result)]:
                session.execute(result.work.settings)
                if result.system.needs:
                    session.execute(result.system.needs)
                if result.work.job.before:
                    session.execute(result.work.job.before)
                first(result.way, session, *asked(result, result.work.job.proof))
            ready(result)

        expected: dict[str, tuple] = {}
        name = ", ".join(work.key for work in works)
        for number in range(rounds + 1):
            say(f"{name}: round {number} of {rounds}" if number else f"{name}: warming up")
            for result in results:
                if result.failure is not None:
                    continue  # it is out of the running
                try:
                    (turn if number else prepare)(result)
                except FAILURES as error:
                    result.failure = reason(error)
                    say(f"{result.work.key}: {result.system.key} failed: {result.failure}")
    return results

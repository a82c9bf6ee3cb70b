"""Each work, by every system in turn: A B C A B C …, so that what disturbs the machine for a while
disturbs all of them. The clock runs around one statement that returns one row.
"""

import math
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg

from description import Answer, System, Way, Work


class WrongAnswer(Exception):
    pass


@dataclass
class Result:
    """What a system needed for a work."""

    system: System
    seconds: list[float] = field(default_factory=list)
    failure: str | None = None


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


def check(found: Answer, expected: tuple) -> None:
    """Sums in another order, and PL/R's 15 digits, differ in the last places."""
    if found is None:
        return
    if not all(math.isclose(f, e, rel_tol=1e-9) for f, e in zip(found, expected, strict=False)):
        raise WrongAnswer(f"found {found}, not {expected}")


def timed(way: Way, session: psycopg.Connection, rows: int, expected: tuple) -> float:
    start = time.perf_counter()
    found = way.run(session, rows)
    seconds = time.perf_counter() - start
    way.tidy(session)
    check(found, expected)
    return seconds


def reason(error: Exception) -> str:
    """One line of what went wrong."""
    match error:
        case psycopg.Error(sqlstate=str(code)):
            return f"{code}: {error.diag.message_primary}"
        case subprocess.CalledProcessError():
            said = (error.stderr or "").strip().splitlines()
            return f"exit status {error.returncode}" + (f": {said[-1]}" if said else "")
    return (str(error).strip() or type(error).__name__).splitlines()[0]


FAILURES = (psycopg.Error, OSError, subprocess.CalledProcessError, WrongAnswer)


def measure(
    work: Work, systems: list[System], rows: int, rounds: int, say: Callable[[str], None]
) -> list[Result]:
    """One result per system that does this work, in the systems' order."""
    results = [Result(system) for system in systems if work.key in system.does]
    with ExitStack() as stack:
        monitor = stack.enter_context(connect())
        expected = monitor.execute(work.answer.replace(":rows", str(rows))).fetchone()
        sessions = {r.system.key: stack.enter_context(connect()) for r in results}

        def turn(result: Result, calls: int, first: bool = False) -> list[float]:
            """Some calls in a row; where one fails, the system is out of the running."""
            if result.failure is not None:
                return []
            way, session = result.system.does[work.key], sessions[result.system.key]
            seconds = []
            settle(monitor)
            try:
                if first and result.system.needs:
                    session.execute(result.system.needs)
                if first:
                    way.prepare(session, rows)
                for _ in range(calls):
                    time.sleep(work.pause)
                    seconds.append(timed(way, session, rows, expected))
            except FAILURES as error:
                result.failure = reason(error)
                say(f"{work.key}: {result.system.key} failed: {result.failure}")
            return seconds

        for result in results:
            turn(result, 1, first=True)  # warms up files, interpreters, plans
        for number in range(1, rounds + 1):
            say(f"{work.key}: round {number} of {rounds}")
            for result in results:
                calls = min(work.calls, result.system.calls or work.calls)
                result.seconds += turn(result, calls)
    return results

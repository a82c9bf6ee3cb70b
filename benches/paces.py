"""How a turn goes: some calls one after the other, many sessions at once, or under observation."""

import math
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg

from description import Answer, Question, Turn, Way


class WrongAnswer(Exception):
    pass


def check(found: Answer, expected: tuple) -> None:
    """Integers are exact. Sums in another order, and PL/R's 15 digits, differ in last places."""
    if found is None:
        return
    for one, other in zip(found, expected, strict=False):
        exact = isinstance(one, int) and isinstance(other, int)
        if one != other if exact else not math.isclose(one, other, rel_tol=1e-9):
            raise WrongAnswer(f"found {found}, not {expected}")


def timed(way: Way, session: psycopg.Connection, turn: Turn) -> float:
    """Seconds around one run, whose answer is checked."""
    start = time.perf_counter()
    found = way.run(session, turn.question)
    seconds = time.perf_counter() - start
    way.tidy(session)
    check(found, turn.expected)
    return seconds


@dataclass(frozen=True)
class Calls:
    """One session's, one after the other."""

    calls: int = 1
    pause: float = 0.0
    """Seconds before each."""
    sessions: int = 1

    def take(
        self, way: Way, sessions: list[psycopg.Connection], turn: Turn
    ) -> dict[str, list[float]]:
        seconds = []
        for _ in range(min(self.calls, turn.calls or self.calls)):
            time.sleep(self.pause)
            seconds.append(timed(way, sessions[0], turn))
        return {"seconds": seconds}


@dataclass(frozen=True)
class Crowd:
    """Some sessions at once, each with so many calls one after the other. Besides `seconds` it
    finds `elapsed`: how long the turn took from the first call's start to the last one's end.
    """

    sessions: int
    calls: int

    def take(
        self, way: Way, sessions: list[psycopg.Connection], turn: Turn
    ) -> dict[str, list[float]]:
        calls = min(self.calls, turn.calls or self.calls)
        gate = threading.Barrier(len(sessions) + 1)

        def one(session: psycopg.Connection) -> list[float]:
            gate.wait()
            return [timed(way, session, turn) for _ in range(calls)]

        with ThreadPoolExecutor(len(sessions)) as pool:
            ways = [pool.submit(one, session) for session in sessions]
            gate.wait()
            start = time.perf_counter()
            seconds = [second for each in ways for second in each.result()]
            elapsed = time.perf_counter() - start
        return {"seconds": seconds, "elapsed": [elapsed]}


@dataclass(frozen=True)
class Watched:
    """One call, while the private memory of the session's backend is looked at every few
    milliseconds. Besides `seconds` it finds `peak`, in bytes."""

    every: float = 0.005
    sessions: int = 1

    def take(
        self, way: Way, sessions: list[psycopg.Connection], turn: Turn
    ) -> dict[str, list[float]]:
        status = Path(f"/proc/{sessions[0].info.backend_pid}/status")
        seen = [private_memory(status)]
        over = threading.Event()

        def watch() -> None:
            while not over.wait(self.every):
                seen.append(private_memory(status))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            seconds = timed(way, sessions[0], turn)
        finally:
            over.set()
            watcher.join()
        return {"seconds": [seconds], "peak": [max(seen)]}


def private_memory(status: Path) -> int:
    """Bytes that are the process's own: neither shared buffers nor files."""
    found = re.search(r"^RssAnon:\s+(\d+) kB", status.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


@dataclass(frozen=True)
class Metered:
    """One run of a way that tells what it cost by itself, as the last run's `cost` in seconds."""

    sessions: int = 1

    def take(
        self, way: Way, sessions: list[psycopg.Connection], turn: Turn
    ) -> dict[str, list[float]]:
        timed(way, sessions[0], turn)
        return {"seconds": [way.cost]}


def first(way: Way, session: psycopg.Connection, question: Question, expected: tuple) -> None:
    """The run before the timed ones: warms up files, interpreters and plans, and is asked more."""
    way.prepare(session, question)
    timed(way, session, Turn(question, expected))

"""What a crowd of clients gets, minute after minute, and whether anything grows meanwhile.

Each client opens a session for each call, as behind a pooler that keeps none. Exit status 1: a call
ended in an error that nobody provoked, gave a wrong answer, or memory grew.
"""

import argparse
import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

import machine
import processes
from cluster import Cluster, wait_until
from report import digits, markdown

QUERY = "SELECT g % 10 AS k, g::float8 AS v FROM generate_series(1, 1000) AS g"
SCRIPTS = {
    "Python": "OutputDataSet = InputDataSet.groupby('k', as_index=False).v.mean()",
    "R": "OutputDataSet <- aggregate(v ~ k, InputDataSet, mean)",
}
TEN_MEANS = 10, 5005.0
"""Rows, and the sum of the means of the numbers 1 to 1,000 by their last digit."""
RAISING = {"Python": "raise ValueError('meant')", "R": "stop('meant')"}
SLEEPING = {"Python": "import time; time.sleep(60)", "R": "Sys.sleep(60)"}
GROWTH = 0.1
"""More than this part of the launchpad's memory at first is a leak."""


def call(language: str, script: str) -> str:
    return (
        "SELECT count(*)::int, sum(v) FROM execute_external_script("
        f"'{language}', $s${script}$s$, '{QUERY}') AS t(k int, v float8)"
    )


@dataclass
class Load:
    """One of them; `next_call` gives a language and what the call ends in, if that is an error."""

    name: str
    next_call: Callable[[random.Random], tuple[str, str | None]]
    seconds: list[float] = field(default_factory=list)
    outcomes: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    elapsed: float = 0.0

    def run(self, cluster: Cluster, clients: int, seconds: float):
        began = time.monotonic()
        threads = [
            threading.Thread(target=self._client, args=(cluster, number, began + seconds))
            for number in range(clients)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.memory.append(memory_of(cluster))
            time.sleep(1)
        for thread in threads:
            thread.join()
        self.elapsed = time.monotonic() - began

    def _client(self, cluster: Cluster, number: int, until: float):
        chance = random.Random(f"{self.name} {number}")
        while time.monotonic() < until:
            language, error = self.next_call(chance)
            began = time.monotonic()
            found = self._call(cluster, language, error)
            self.seconds.append(time.monotonic() - began)
            self.outcomes[found or "ok"] += 1
            if found != error:
                self.wrong.append(f"{language}: {found or 'ok'} instead of {error or 'ok'}")

    def _call(self, cluster: Cluster, language: str, error: str | None) -> str | None:
        script = {None: SCRIPTS, "38000": RAISING, "57014": SLEEPING}[error][language]
        try:
            with cluster.connect() as session:
                session.execute("SET launchpad.queue_timeout = '60s'")
                if error == "57014":
                    session.execute("SET launchpad.script_timeout = '200ms'")
                answer = session.execute(call(language, script)).fetchone()
        except psycopg.Error as failure:
            return failure.sqlstate or str(failure)
        return None if answer == TEN_MEANS else f"wrong: {answer}"

    def grown(self) -> float:
        """From the second tenth to the last one, as a part of the former."""
        tenth = max(1, len(self.memory) // 10)
        before = statistics.median(self.memory[tenth : 2 * tenth] or self.memory)
        return statistics.median(self.memory[-tenth:]) / before - 1

    def line(self) -> list[str]:
        ordered = sorted(self.seconds)
        ranks = [int(part * (len(ordered) - 1)) for part in (0.5, 0.99, 1)]
        times = (f"{digits(ordered[rank], 2)} s" for rank in ranks)
        calls = sum(self.outcomes.values())
        outcomes = ", ".join(f"{count:,} {what}" for what, count in self.outcomes.most_common())
        return [
            self.name,
            digits(calls / self.elapsed),
            ", ".join(times),
            outcomes,
            f"{statistics.median(self.memory) / 1e6:.0f} MB ({self.grown():+.1%})",
        ]


def memory_of(cluster: Cluster) -> int:
    """Bytes that launchpadd and the zygotes have: what lasts, whatever satellites there are."""
    total = 0
    for pid, (kind, _) in processes.of_cluster(cluster.postmaster()).items():
        if kind in ("launchpadd", "monitor", "keeper", "Python zygote", "R zygote"):
            total += private_bytes(pid)
    return total


def private_bytes(pid: int) -> int:
    """Anonymous memory, what is shared with satellites included; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(status.split("RssAnon:")[1].split()[0]) << 10


def plain(language: str):
    return lambda chance: (language, None)


def mixed(chance: random.Random) -> tuple[str, str | None]:
    language = chance.choice(list(SCRIPTS))
    (error,) = chance.choices([None, "38000", "57014"], [8, 1, 1])
    return language, error


def restarts(cluster: Cluster, count: int = 5) -> dict[str, list[float]]:
    """Seconds from the moment that the server takes connections to the first answer."""
    found: dict[str, list[float]] = {language: [] for language in SCRIPTS}
    for _ in range(count):
        for language in SCRIPTS:
            cluster.ctl("restart", "-m", "fast")
            began = time.monotonic()
            answer = cluster.execute(call(language, SCRIPTS[language]))
            assert answer == [TEN_MEANS], answer
            found[language].append(time.monotonic() - began)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=90, help="of each load")
    parser.add_argument("--clients", type=int, default=16)
    chosen = parser.parse_args()
    loads = [
        Load("Python", plain("Python")),
        Load("R", plain("R")),
        Load("both; 1 in 10 raises, 1 in 10 times out", mixed),
    ]
    cluster = Cluster()
    try:
        wait_until(lambda: len(cluster.satellites()) >= 4, 30, "warm satellites")
        for load in loads:
            print(f"{load.name}: {chosen.clients} clients, {chosen.seconds:.0f} s", file=sys.stderr)
            load.run(cluster, chosen.clients, chosen.seconds)
        left = {line["state"] for line in cluster.satellites()} - {"warm", "starting"}
        first = restarts(cluster)
    finally:
        cluster.remove()
    head = [
        f"{chosen.clients} clients",
        "calls/s",
        "median, 99th percentile, slowest",
        "outcomes",
        "memory of launchpadd and zygotes (growth)",
    ]
    print(markdown(head, [load.line() for load in loads]))
    times = (
        f"{language} {digits(statistics.median(seconds), 2)} s"
        f" ({digits(min(seconds), 2)} to {digits(max(seconds), 2)})"
        for language, seconds in first.items()
    )
    print(f"\nFrom the server's start to the answer of the first call: {', '.join(times)}.")
    about = machine.machine()
    print(
        f"{time.strftime('%Y-%m-%d')}, commit {machine.commit()}; {about['cores']} cores of"
        f" {about['processor']}, Linux {about['kernel']}."
    )
    wrong = [text for load in loads for text in load.wrong]
    grown = [load.name for load in loads if load.grown() > GROWTH]
    for text in [*wrong[:20], *(f"memory grew: {name}" for name in grown), *left]:
        print(f"failed: {text}", file=sys.stderr)
    failed = len(wrong) + len(grown) + len(left)
    calls = sum(sum(load.outcomes.values()) for load in loads)
    print(f"load: {calls:,} calls, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Ours: execute_external_script, in each of its languages, with the settings that it comes with."""

from collections.abc import Callable

import jobs.python
import jobs.r
from description import Job, Statement, System, Way
from warming import Warming
from works import MEMORY, SLOPE, ways


def call(language: str, scripts: dict[str, str]) -> Callable[[Job], Way]:
    def way(job: Job) -> Way:
        query = f", $query${job.query}$query$" if job.query else ""
        script = f"'{language}', $script${scripts[job.key]}$script${query}"
        return Statement(
            f"SELECT :summary FROM execute_external_script({script}) AS t({job.record})"
        )

    return way


def does(language: str, scripts: dict[str, str]) -> dict[str, Way]:
    return {
        **ways(call(language, scripts), "through", "into", "out", "texts", "mixed", "training"),
        **ways(call(language, scripts), "now-and-then", "one-after-the-other", "grouped", "crowd"),
        **ways(call(language, scripts), *(work.key for work in (*SLOPE, *MEMORY))),
        "refill": Warming(language),
    }


PYTHON = System(
    key="python",
    title="pg_launchpad, Python",
    needs="CREATE EXTENSION IF NOT EXISTS pg_launchpad",
    does=does("Python", jobs.python.SCRIPTS),
)

R = System(
    key="r",
    title="pg_launchpad, R",
    needs="CREATE EXTENSION IF NOT EXISTS pg_launchpad",
    does=does("R", jobs.r.SCRIPTS),
)

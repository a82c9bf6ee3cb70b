"""Ours: execute_external_script, in each of its languages, with the settings that it comes with.

And without preloading, to show what that is for.
"""

from collections.abc import Callable

import jobs.python
import jobs.r
from description import Job, Statement, System, Way
from warming import Warming
from works import MEMORY, PYTHON_PACKAGES, R_PACKAGES, SLOPE, ways


def call(language: str, scripts: dict[str, str]) -> Callable[[Job], Way]:
    def way(job: Job) -> Way:
        query = f", $query${job.query}$query$" if job.query else ""
        model = f", (SELECT p FROM (SELECT model FROM {job.model}) AS p)" if job.model else ""
        script = f"'{language}', $script${scripts[job.key]}$script${query}{model}"
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


NEEDS = "CREATE EXTENSION IF NOT EXISTS pg_launchpad"
PYTHON_WITH_PACKAGES = ways(call("Python", jobs.python.SCRIPTS), *PYTHON_PACKAGES)
R_WITH_PACKAGES = ways(call("R", jobs.r.SCRIPTS), *R_PACKAGES)

PYTHON = System(
    key="python",
    title="pg_launchpad, Python",
    needs=NEEDS,
    does=does("Python", jobs.python.SCRIPTS) | PYTHON_WITH_PACKAGES,
    server={"launchpad.python_preload": "auto"},
)

R = System(
    key="r",
    title="pg_launchpad, R",
    needs=NEEDS,
    does=does("R", jobs.r.SCRIPTS) | R_WITH_PACKAGES,
    server={"launchpad.r_preload": "auto"},
)

BARE_PYTHON = System(
    key="bare-python",
    title="pg_launchpad, Python, nothing preloaded",
    needs=NEEDS,
    does=PYTHON_WITH_PACKAGES,
    server={"launchpad.python_preload": ""},
    calls=4,
)

BARE_R = System(
    key="bare-r",
    title="pg_launchpad, R, nothing preloaded",
    needs=NEEDS,
    does=R_WITH_PACKAGES,
    server={"launchpad.r_preload": ""},
    calls=4,
    beside="r",
)

"""The same with more rows: whether time grows as they do, and whether memory does not."""

import jobs
from datasets import NUMBERS
from description import Work
from paces import Calls, Watched

SCALES = (1, 3, 10)
SETTINGS = "SET work_mem = '8GB'"
"""With which no result is written to a file."""

SLOPE = tuple(
    Work(
        key=f"slope-{scale}",
        name="W10",
        title="{rows}",
        table="Numbers in and out, one column changed, by rows: time for each of them",
        job=jobs.through("through", NUMBERS.scaled(scale)),
        pace=Calls(),
        shows="slope",
        settings=SETTINGS,
    )
    for scale in SCALES
)

MEMORY = tuple(
    Work(
        key=f"memory-{scale}",
        name="W10",
        title="{rows}",
        table="Numbers in, counted and summed, by rows: the backend's private memory at its peak",
        job=jobs.into(NUMBERS.scaled(scale)),
        pace=Watched(),
        shows="memory",
        settings=SETTINGS,
    )
    for scale in SCALES
)

"""Small calls: what a call costs beyond its rows.

A satellite serves one call, and its successor takes tens of milliseconds to get ready. With pauses
a warm one is always there; without, calls use satellites up faster than they are made.
"""

import jobs
from description import Work
from paces import Calls

TABLE = "Small calls"

NOW_AND_THEN = Work(
    key="now-and-then",
    name="W6",
    title="one value, no rows in, every 50 ms",
    table=TABLE,
    job=jobs.LEAST,
    pace=Calls(calls=100, pause=0.05),
    shows="p99",
)

ONE_AFTER_THE_OTHER = Work(
    key="one-after-the-other",
    name="W6",
    title="one value, no rows in, without a pause",
    table=TABLE,
    job=jobs.LEAST,
    pace=Calls(calls=50),
    shows="p99",
)

GROUPED = Work(
    key="grouped",
    name="W7",
    title="1,000 rows grouped and summed, every 50 ms",
    table=TABLE,
    job=jobs.GROUPED,
    pace=Calls(calls=40, pause=0.05),
    shows="p99",
)

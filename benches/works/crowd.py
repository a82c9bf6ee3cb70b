"""Many sessions at once: how fast satellites are used, and what making one costs."""

import jobs
from description import Work
from paces import Crowd, Metered

SESSIONS = 8
CALLS = 50

TABLE = f"{SESSIONS} sessions at once, one value, no rows in"

CROWD = Work(
    key="crowd",
    name="W8",
    title=f"{CALLS} calls of each session, without a pause",
    table=TABLE,
    job=jobs.LEAST,
    pace=Crowd(sessions=SESSIONS, calls=CALLS),
    shows="crowd",
)

REFILL = Work(
    key="refill",
    name="W8",
    title="one warm satellite more: CPU time, and what all cores could thus make",
    table=TABLE,
    job=jobs.LEAST,
    pace=Metered(),
    shows="refill",
)

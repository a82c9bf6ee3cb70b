"""What PostgreSQL does without any language: no system can be faster than the floor."""

import jobs
from description import Job, Statement, System
from works import SLOPE, ways

THERE_AND_BACK = ("through", "texts", "mixed")


def alone(job: Job) -> Statement:
    """The query, whose rows are thrown away."""
    return Statement(job.answer(":summary"))


FLOOR = System(
    key="floor",
    title="floor: the query alone",
    does={
        **ways(alone, *THERE_AND_BACK, "into", "out", "grouped"),
        **ways(alone, "now-and-then", "one-after-the-other", *(work.key for work in SLOPE)),
        "training": Statement(
            f"SELECT {jobs.TRAINING.dataset.summary} FROM {jobs.TRAINING.dataset.table}",
            tells=False,
        ),
    },
    calls=40,
)


# The way out: each row is formed and kept.
def table_as(job: Job) -> Statement:
    return Statement(
        f"CREATE TEMP TABLE kept AS SELECT * FROM {job.result}", after="DROP TABLE kept"
    )


TABLE_AS = System(
    key="table-as",
    title="`CREATE TEMP TABLE AS`",
    does=ways(table_as, *THERE_AND_BACK, "out"),
)

BOTH_WAYS = System(
    key="both-ways",
    title="floor, both ways: the sum of these two",
    does={},
    sums=(FLOOR.key, TABLE_AS.key),
)


# The way in: each value is converted and leaves the executor.
def copy(job: Job) -> Statement:
    return Statement(f"COPY ({job.query}) TO '/dev/null' (FORMAT binary)")


COPY = System(
    key="copy",
    title="`COPY … TO '/dev/null' (FORMAT binary)`",
    does=ways(copy, *THERE_AND_BACK, "into"),
)

"""What PostgreSQL does without any language: no system can be faster than the floor."""

from dataset import CHANGED, MADE, QUERY, summary
from description import Statement, System

FLOOR = System(
    key="floor",
    title="floor: the query alone",
    does={
        "through": Statement(summary(f"({CHANGED}) AS t")),
        "into": Statement(summary(f"({QUERY}) AS t")),
        "out": Statement(summary(f"({MADE}) AS t")),
        "now-and-then": Statement("SELECT 1"),
        "one-after-the-other": Statement("SELECT 1"),
    },
)

# The way in: each value is converted and leaves the executor.
COPY = System(
    key="copy",
    title="`COPY … TO '/dev/null' (FORMAT binary)`",
    does={"into": Statement(f"COPY ({QUERY}) TO '/dev/null' (FORMAT binary)")},
)


def table_as(query: str) -> Statement:
    return Statement(f"CREATE TEMP TABLE kept AS {query}", after="DROP TABLE kept")


# The way out: each row is formed and kept.
TABLE_AS = System(
    key="table-as",
    title="`CREATE TEMP TABLE AS`",
    does={"through": table_as(CHANGED), "out": table_as(MADE)},
)

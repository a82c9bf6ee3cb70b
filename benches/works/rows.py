"""Many rows of numbers: what it costs to hand them over."""

from dataset import CHANGED, MADE, QUERY, summary
from description import Work

TABLE = "{rows} rows of an int8 and five float8"

THROUGH = Work(
    key="through",
    title="in and out, one column changed",
    table=TABLE,
    answer=summary(f"({CHANGED}) AS t"),
)

INTO = Work(
    key="into",
    title="in only: counted and summed",
    table=TABLE,
    answer=summary(f"({QUERY}) AS t"),
)

OUT = Work(
    key="out",
    title="out only: made by the script",
    table=TABLE,
    answer=summary(f"({MADE}) AS t"),
)

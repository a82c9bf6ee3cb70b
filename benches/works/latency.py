"""The smallest possible call: what a call costs beyond its rows.

A satellite serves one call, and its successor takes tens of milliseconds to get ready. With pauses
a warm one is always there; without, calls use satellites up faster than they are made.
"""

from description import Work

TABLE = "One value, no rows in"

NOW_AND_THEN = Work(
    key="now-and-then",
    title="every 50 ms",
    table=TABLE,
    answer="SELECT 1",
    calls=50,
    pause=0.05,
    shows="p99",
)

ONE_AFTER_THE_OTHER = Work(
    key="one-after-the-other",
    title="without a pause",
    table=TABLE,
    answer="SELECT 1",
    calls=50,
    shows="p99",
)

"""PL/Python row by row, in Python without packages: `cursor.fetch` of some thousand rows, which its
manual recommends for large results, and tuples from a generator. With a million rows `plpy.execute`
and lists of tuples need up to a third more time.
"""

import jobs
from description import Job, Statement, System, Way
from works import ways

from .function import function

NEEDS = "CREATE EXTENSION IF NOT EXISTS plpython3u"


def changed(job: Job) -> str:
    """Each row with the changed column's new value."""
    name, value = {
        "through": ("a", 'row["a"] * 2'),
        "texts": ("a", 'row["a"].upper()'),
        "mixed": ("measure", 'row["measure"] and row["measure"] * 2'),
    }[job.key]
    values = (value if each == name else f'row["{each}"]' for each in job.dataset.columns)
    return f"""cursor = plpy.cursor("{job.query}")
while rows := cursor.fetch(10000):
    for row in rows:
        yield {", ".join(values)}"""


INTO = f"""n, a, e = 0, 0.0, 0.0
cursor = plpy.cursor("{jobs.INTO.query}")
while rows := cursor.fetch(10000):
    n += len(rows)
    a += sum(row["a"] for row in rows)
    e += sum(row["e"] for row in rows)
yield n, a, e"""

OUT = """for id in range(1, :rows + 1):
    yield id, id / 3, id / 7, id / 11, id / 13, id / 17"""


def way(job: Job) -> Way:
    body = {"into": INTO, "out": OUT}.get(job.key) or changed(job)
    return function(job, "plpython3u", body)


LEAST = "CREATE OR REPLACE FUNCTION pg_temp.least() RETURNS int4 LANGUAGE plpython3u AS 'return 1'"
SMALLEST = Statement("SELECT pg_temp.least()", LEAST)

PLPYTHON = System(
    key="plpython",
    title="PL/Python, row by row",
    needs=NEEDS,
    does={
        **ways(way, "through", "into", "out", "texts", "mixed"),
        "now-and-then": SMALLEST,
        "one-after-the-other": SMALLEST,
    },
    calls=40,
)

"""PL/Python, by the variants that were fastest with a million rows.

Reading: `cursor.fetch` of some thousand rows, which its manual recommends for large results, beats
`plpy.execute`, iterating over the cursor, and arrays made by array_agg (twice the time).
Returning: tuples from a generator; lists of tuples and dicts come within a tenth, and arrays save
less than unnesting them costs.
"""

from dataset import QUERY, RECORD, summary
from description import Statement, System

THROUGH = f"""
CREATE OR REPLACE FUNCTION pg_temp.through() RETURNS TABLE ({RECORD}) LANGUAGE plpython3u AS $$
cursor = plpy.cursor("{QUERY}")
while rows := cursor.fetch(10000):
    for row in rows:
        yield row["id"], row["a"] * 2, row["b"], row["c"], row["d"], row["e"]
$$
"""

INTO = f"""
CREATE OR REPLACE FUNCTION pg_temp.into() RETURNS TABLE (n int8, a float8, e float8)
LANGUAGE plpython3u AS $$
n, a, e = 0, 0.0, 0.0
cursor = plpy.cursor("{QUERY}")
while rows := cursor.fetch(10000):
    n += len(rows)
    a += sum(row["a"] for row in rows)
    e += sum(row["e"] for row in rows)
yield n, a, e
$$
"""

OUT = f"""
CREATE OR REPLACE FUNCTION pg_temp.out() RETURNS TABLE ({RECORD}) LANGUAGE plpython3u AS $$
for id in range(1, :rows + 1):
    yield id, id / 3, id / 7, id / 11, id / 13, id / 17
$$
"""

LEAST = "CREATE OR REPLACE FUNCTION pg_temp.least() RETURNS int4 LANGUAGE plpython3u AS 'return 1'"
SMALLEST = Statement("SELECT pg_temp.least()", LEAST)

PLPYTHON = System(
    key="plpython",
    title="PL/Python",
    needs="CREATE EXTENSION IF NOT EXISTS plpython3u",
    does={
        "through": Statement(summary("pg_temp.through()"), THROUGH),
        "into": Statement("SELECT * FROM pg_temp.into()", INTO),
        "out": Statement(summary("pg_temp.out()"), OUT),
        "now-and-then": SMALLEST,
        "one-after-the-other": SMALLEST,
    },
)

"""PL/Python, twice; what is said of other variants was measured with a million rows.

Row by row: `cursor.fetch` of some thousand rows, which its manual recommends for large results, and
tuples from a generator. `plpy.execute` and lists of tuples need up to a third more time.

And by arrays, one a column: the query makes them with array_agg and takes the result apart again.
That is faster, by a tenth to return rows and by a quarter to read them; a column must then fit in
a value of 1 GB.
"""

from dataset import QUERY, RECORD, summary
from description import Statement, System

NEEDS = "CREATE EXTENSION IF NOT EXISTS plpython3u"

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
    needs=NEEDS,
    does={
        "through": Statement(summary("pg_temp.through()"), THROUGH),
        "into": Statement("SELECT * FROM pg_temp.into()", INTO),
        "out": Statement(summary("pg_temp.out()"), OUT),
        "now-and-then": SMALLEST,
        "one-after-the-other": SMALLEST,
    },
)

ARRAYS = "id int8[], a float8[], b float8[], c float8[], d float8[], e float8[]"
AGGREGATED = "array_agg(id), array_agg(a), array_agg(b), array_agg(c), array_agg(d), array_agg(e)"

# What it returns is declared as a type: a parameter and a result cannot have the same name.
ARRAYS_TYPE = f"""
DROP TYPE IF EXISTS pg_temp.arrays CASCADE;
CREATE TYPE pg_temp.arrays AS ({ARRAYS});
"""

ARRAYS_THROUGH = f"""{ARRAYS_TYPE}
CREATE FUNCTION pg_temp.through_arrays({ARRAYS}) RETURNS pg_temp.arrays LANGUAGE plpython3u AS $$
return id, [value * 2 for value in a], b, c, d, e
$$
"""

ARRAYS_INTO = f"""
CREATE OR REPLACE FUNCTION pg_temp.into_arrays({ARRAYS}, OUT n int8, OUT sum_a float8,
    OUT sum_e float8) LANGUAGE plpython3u AS $$
return len(id), sum(a), sum(e)
$$
"""

ARRAYS_OUT = f"""{ARRAYS_TYPE}
CREATE FUNCTION pg_temp.out_arrays() RETURNS pg_temp.arrays LANGUAGE plpython3u AS $$
ids = range(1, :rows + 1)
return list(ids), *([id / divisor for id in ids] for divisor in (3, 7, 11, 13, 17))
$$
"""


def rows_of(arrays: str) -> str:
    """The rows in a value of six arrays. Subscripts are faster than unnest."""
    columns = ", ".join(f"t.{name}[i] AS {name}" for name in ("id", "a", "b", "c", "d", "e"))
    # OFFSET 0 keeps the planner from asking for the arrays again for every column and row.
    return (
        f"(SELECT {columns} FROM (SELECT (v).* FROM ({arrays} OFFSET 0) AS s(v) OFFSET 0) AS t,"
        " generate_series(1, :rows) AS i OFFSET 0) AS t"
    )


PLPYTHON_ARRAYS = System(
    key="plpython-arrays",
    title="PL/Python, an array for each column",
    needs=NEEDS,
    does={
        "through": Statement(
            summary(rows_of(f"SELECT pg_temp.through_arrays({AGGREGATED}) FROM numbers")),
            ARRAYS_THROUGH,
        ),
        "into": Statement(
            f"SELECT (v).* FROM (SELECT pg_temp.into_arrays({AGGREGATED}) FROM numbers OFFSET 0)"
            " AS t(v)",
            ARRAYS_INTO,
        ),
        "out": Statement(summary(rows_of("SELECT pg_temp.out_arrays()")), ARRAYS_OUT),
    },
)

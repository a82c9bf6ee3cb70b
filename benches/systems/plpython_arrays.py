"""PL/Python by arrays, one a column: the query makes them with array_agg and takes the result apart
again.

With a million rows that is faster than row by row, by a tenth to return rows and by a quarter to
read them; a column must then fit in a value of 1 GB.
"""

from datasets import NUMBERS
from description import Statement, System

from .plpython import NEEDS

NAMES = tuple(NUMBERS.columns)

ARRAYS = ", ".join(f"{name} {kind}[]" for name, (kind, _) in NUMBERS.columns.items())
AGGREGATED = ", ".join(f"array_agg({name})" for name in NAMES)

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
    """Asks for the rows in a value of six arrays. Subscripts are faster than unnest."""
    columns = ", ".join(f"t.{name}[i] AS {name}" for name in NAMES)
    # OFFSET 0 keeps the planner from asking for the arrays again for every column and row.
    return (
        f"SELECT :summary FROM (SELECT {columns} FROM"
        f" (SELECT (v).* FROM ({arrays} OFFSET 0) AS s(v) OFFSET 0) AS t,"
        " generate_series(1, :rows) AS i OFFSET 0) AS t"
    )


PLPYTHON_ARRAYS = System(
    key="plpython-arrays",
    title="PL/Python, an array for each column",
    needs=NEEDS,
    does={
        "through": Statement(
            rows_of(f"SELECT pg_temp.through_arrays({AGGREGATED}) FROM numbers"), ARRAYS_THROUGH
        ),
        "into": Statement(
            f"SELECT (v).* FROM (SELECT pg_temp.into_arrays({AGGREGATED}) FROM numbers OFFSET 0)"
            " AS t(v)",
            ARRAYS_INTO,
        ),
        "out": Statement(rows_of("SELECT pg_temp.out_arrays()"), ARRAYS_OUT),
    },
)

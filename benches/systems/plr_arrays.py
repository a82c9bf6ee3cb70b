"""PL/R by arrays: it copies a float8[] without NULLs as a whole, both ways.

All columns travel as one of them, which the query takes apart again. That is for numbers only, for
what fits in a value of 1 GB, and for people who know; but it is the fastest that PL/R can do.
"""

from description import Statement, System

from .plr import NEEDS


def function(signature: str, body: str) -> str:
    return f"CREATE OR REPLACE FUNCTION pg_temp.{signature} LANGUAGE plr AS $$\n{body}\n$$"


ARRAYS = "id float8[], a float8[], b float8[], c float8[], d float8[], e float8[]"
AGGREGATED = """array_agg(id::float8), array_agg(a), array_agg(b), array_agg(c), array_agg(d),
    array_agg(e)"""

ARRAYS_THROUGH = function(
    f"through_arrays({ARRAYS}) RETURNS float8[]", "return(c(id, a * 2, b, c, d, e))"
)
ARRAYS_INTO = function(
    f"into_arrays({ARRAYS}) RETURNS float8[]", "return(c(length(id), sum(a), sum(e)))"
)
ARRAYS_OUT = function(
    "out_arrays() RETURNS float8[]",
    """id <- as.numeric(seq_len(:rows))
return(c(id, id / 3, id / 7, id / 11, id / 13, id / 17))""",
)


def rows_of(array: str) -> str:
    """Asks for the rows in an array that holds column after column. Subscripts are faster than
    unnest.
    """
    columns = ", ".join(
        f"v[i + {number} * :rows] AS {name}" for number, name in enumerate("abcde", start=1)
    )
    # OFFSET 0 keeps the planner from asking for the array again for every row.
    return (
        f"SELECT :summary FROM (SELECT v[i]::int8 AS id, {columns}"
        f" FROM ({array} OFFSET 0) AS t(v), generate_series(1, :rows) AS i OFFSET 0) AS t"
    )


PLR_ARRAYS = System(
    key="plr-arrays",
    title="PL/R, columns packed in one `float8[]`",
    beside="r",
    needs=NEEDS,
    does={
        "through": Statement(
            rows_of(f"SELECT pg_temp.through_arrays({AGGREGATED}) FROM numbers"), ARRAYS_THROUGH
        ),
        "into": Statement(
            f"""SELECT v[1]::int8, v[2], v[3]
                FROM (SELECT pg_temp.into_arrays({AGGREGATED}) FROM numbers OFFSET 0) AS t(v)""",
            ARRAYS_INTO,
        ),
        "out": Statement(rows_of("SELECT pg_temp.out_arrays()"), ARRAYS_OUT),
    },
)

"""PL/R, twice.

As its manual has it: pg.spi.exec makes a data frame of the query, and a function that returns a
set gives one back. Cursors and columns turned into text beforehand are not faster.
It writes numbers as text with 15 digits, large ones as 1e+05, which is no int8: hence as.integer.

And by arrays: PL/R copies a float8[] without NULLs as a whole, both ways. All columns travel as one
of them, which the query takes apart again. That is for numbers only, for what fits in a value of
1 GB, and for people who know; but it is the fastest that PL/R can do.
"""

from dataset import QUERY, RECORD, summary
from description import Statement, System

NEEDS = "CREATE EXTENSION IF NOT EXISTS plr"


def function(signature: str, body: str) -> str:
    return f"CREATE OR REPLACE FUNCTION pg_temp.{signature} LANGUAGE plr AS $$\n{body}\n$$"


THROUGH = function(
    f"through() RETURNS TABLE ({RECORD})",
    f"""rows <- pg.spi.exec("{QUERY}")
rows$id <- as.integer(rows$id)
rows$a <- rows$a * 2
return(rows)""",
)

INTO = function(
    "into() RETURNS TABLE (n int8, a float8, e float8)",
    f"""rows <- pg.spi.exec("{QUERY}")
return(data.frame(n = nrow(rows), a = sum(rows$a), e = sum(rows$e)))""",
)

OUT = function(
    f"out() RETURNS TABLE ({RECORD})",
    """id <- seq_len(:rows)
return(data.frame(id = id, a = id / 3, b = id / 7, c = id / 11, d = id / 13, e = id / 17))""",
)

SMALLEST = Statement(
    "SELECT pg_temp.least()", function("least() RETURNS int4", "return(as.integer(1))")
)

PLR = System(
    key="plr",
    title="PL/R",
    beside="r",
    needs=NEEDS,
    does={
        "through": Statement(summary("pg_temp.through()"), THROUGH),
        "into": Statement("SELECT * FROM pg_temp.into()", INTO),
        "out": Statement(summary("pg_temp.out()"), OUT),
        "now-and-then": SMALLEST,
        "one-after-the-other": SMALLEST,
    },
)

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
    """The rows in an array that holds column after column. Subscripts are faster than unnest."""
    columns = ", ".join(
        f"v[i + {number} * :rows] AS {name}" for number, name in enumerate("abcde", start=1)
    )
    # OFFSET 0 keeps the planner from asking for the array again for every row.
    return (
        f"(SELECT v[i]::int8 AS id, {columns}"
        f" FROM ({array} OFFSET 0) AS t(v), generate_series(1, :rows) AS i OFFSET 0) AS t"
    )


PLR_ARRAYS = System(
    key="plr-arrays",
    title="PL/R, columns packed in one `float8[]`",
    beside="r",
    needs=NEEDS,
    does={
        "through": Statement(
            summary(rows_of(f"SELECT pg_temp.through_arrays({AGGREGATED}) FROM numbers")),
            ARRAYS_THROUGH,
        ),
        "into": Statement(
            f"""SELECT v[1]::int8, v[2], v[3]
                FROM (SELECT pg_temp.into_arrays({AGGREGATED}) FROM numbers OFFSET 0) AS t(v)""",
            ARRAYS_INTO,
        ),
        "out": Statement(summary(rows_of("SELECT pg_temp.out_arrays()")), ARRAYS_OUT),
    },
)

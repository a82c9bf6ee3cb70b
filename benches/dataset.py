"""The rows that everything works on: integers and their quotients.

Divisions are rounded the same everywhere, so each system can make the very same rows by itself, and
their decimal forms have all 17 digits, as real measurements have.
"""

import psycopg

COLUMNS = "id, a, b, c, d, e"
RECORD = "id int8, a float8, b float8, c float8, d float8, e float8"

QUERY = f"SELECT {COLUMNS} FROM numbers"
CHANGED = "SELECT id, a * 2 AS a, b, c, d, e FROM numbers"
MADE = """SELECT id, id / 3::float8 AS a, id / 7::float8 AS b, id / 11::float8 AS c,
    id / 13::float8 AS d, id / 17::float8 AS e FROM generate_series(1::int8, :rows) AS id"""


def summary(source: str) -> str:
    """The statement that asks for all rows of something and answers with one.

    Summing the last column makes the executor take a stored row apart to its end; the first sum
    tells whether the column was changed.
    """
    return f"SELECT count(*), sum(a), sum(e) FROM {source}"


def load(session: psycopg.Connection, rows: int) -> None:
    session.execute(f"CREATE TABLE numbers AS {MADE.replace(':rows', str(rows))}")
    session.execute("VACUUM (FREEZE, ANALYZE) numbers")

"""A client with psycopg: all rows fetched, a frame made of them; back by COPY, row by row."""

import pandas
import psycopg
from serving import serve


class Psycopg:
    def __init__(self, task: dict):
        self._connection = psycopg.connect()
        self._query = task["query"]
        self._record = task["record"]

    def fetch(self) -> pandas.DataFrame | None:
        if not self._query:
            return None
        cursor = self._connection.execute(self._query)
        names = [column.name for column in cursor.description]
        return pandas.DataFrame(cursor.fetchall(), columns=names)

    def stored(self, result: pandas.DataFrame, summary: str) -> list:
        self._connection.execute(f"CREATE TEMP TABLE result ({self._record})")
        with self._connection.cursor().copy("COPY result FROM STDIN") as copy:
            for values in zip(*(result[name].tolist() for name in result), strict=True):
                copy.write_row(values)
        return list(self._connection.execute(f"SELECT {summary} FROM result").fetchone())

    def tidy(self) -> None:
        self._connection.rollback()


serve(Psycopg)

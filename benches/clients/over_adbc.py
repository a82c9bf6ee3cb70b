"""A client over ADBC: Arrow tables both ways, the answer's rows in a temporary table."""

import adbc_driver_postgresql.dbapi
import pandas
import pyarrow
from serving import serve


class Adbc:
    def __init__(self, task: dict):
        self._connection = adbc_driver_postgresql.dbapi.connect("postgresql://")
        self._cursor = self._connection.cursor()
        self._query = task["query"]

    def fetch(self) -> pandas.DataFrame | None:
        if not self._query:
            return None
        self._cursor.execute(self._query)
        # Dates as pandas' own, which is what a script gets; faster than a Python object each.
        return self._cursor.fetch_arrow_table().to_pandas(date_as_object=False)

    def stored(self, result: pandas.DataFrame, summary: str) -> list:
        table = pyarrow.Table.from_pandas(result, preserve_index=False)
        self._cursor.adbc_ingest("result", table, mode="create", temporary=True)
        self._cursor.execute(f"SELECT {summary} FROM result")
        return list(self._cursor.fetchone())

    def tidy(self) -> None:
        self._connection.rollback()


serve(Adbc)

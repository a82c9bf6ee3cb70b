"""What a table of the benchmark is: its columns, how they are made, and what tells them from wrong
ones.

Rows are made by SQL from their number alone, so that every system can be asked for the same ones,
and in the same way on every machine.
"""

from dataclasses import dataclass, replace

import psycopg


@dataclass(frozen=True)
class Dataset:
    table: str
    columns: dict[str, tuple[str, str]]
    """Name: type, and the expression that makes it from the row's number `i`, from 1 on."""
    summary: str
    """Aggregates that are asked for in timed runs: cheap, but wrong if the changed column is."""
    proof: str
    """Aggregates over every column, asked for before the timed runs; also whether rows still have
    their own values."""
    changed: tuple[str, str] = ("", "")
    """The column that a script changes, and the expression that it becomes."""
    fixed: int | None = None
    """So many rows, whatever the benchmark was asked for."""
    scale: int = 1
    """So many times the rows that the benchmark was asked for."""

    def rows(self, asked: int) -> int:
        return self.fixed or asked * self.scale

    def scaled(self, scale: int) -> "Dataset":
        """The same, with more rows."""
        table = self.table if scale == 1 else f"{self.table}_{scale}"
        return replace(self, table=table, scale=scale)

    @property
    def names(self) -> str:
        return ", ".join(self.columns)

    @property
    def record(self) -> str:
        """The columns as a definition list has them."""
        return ", ".join(f"{name} {kind}" for name, (kind, _) in self.columns.items())

    @property
    def query(self) -> str:
        return f"SELECT {self.names} FROM {self.table}"

    @property
    def changed_query(self) -> str:
        """What a script that changes the column gives back."""
        name, expression = self.changed
        columns = (f"{expression} AS {name}" if name == each else each for each in self.columns)
        return f"SELECT {', '.join(columns)} FROM {self.table}"

    @property
    def made_query(self) -> str:
        """The rows, `:rows` of them, made anew."""
        columns = ", ".join(f"{how} AS {name}" for name, (_, how) in self.columns.items())
        return f"SELECT {columns} FROM generate_series(1::int8, :rows) AS i"

    def load(self, session: psycopg.Connection, asked: int) -> None:
        """Makes the table, unless it is there. No page is left for the first reader to write."""
        rows = str(self.rows(asked))
        session.execute(
            f"CREATE TABLE IF NOT EXISTS {self.table} AS {self.made_query.replace(':rows', rows)}"
        )
        session.execute(f"VACUUM (FREEZE, ANALYZE) {self.table}")

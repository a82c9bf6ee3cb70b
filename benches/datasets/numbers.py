"""Integers and their quotients.

Divisions are rounded the same everywhere, so each system can make the very same rows by itself, and
their decimal forms have all 17 digits, as real measurements have.
"""

from .dataset import Dataset

NUMBERS = Dataset(
    table="numbers",
    columns={
        "id": ("int8", "i"),
        "a": ("float8", "i / 3::float8"),
        "b": ("float8", "i / 7::float8"),
        "c": ("float8", "i / 11::float8"),
        "d": ("float8", "i / 13::float8"),
        "e": ("float8", "i / 17::float8"),
    },
    # Summing the last column makes the executor take a stored row apart to its end.
    summary="count(*), sum(a), sum(e)",
    proof="count(*), sum(a), sum(e), sum(b), sum(c), sum(d), sum(id)::int8, sum(a * b * c * d * e)",
    changed=("a", "a * 2"),
)

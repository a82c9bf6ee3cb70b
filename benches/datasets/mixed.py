"""Ten columns of nine types. All but the key, the float4 and the first text are NULL in one of
twenty rows, not the same rows in each column.
"""

from .dataset import Dataset


def with_nulls(seed: int, expression: str) -> str:
    return f"CASE WHEN (i * 31 + {seed}) % 20 > 0 THEN {expression} END"


MIXED = Dataset(
    table="mixed",
    columns={
        "id": ("int8", "i * 1000003"),
        "flag": ("bool", with_nulls(1, "i % 3 = 0")),
        "small": ("int4", with_nulls(2, "(i * 7919 % 1000003)::int4 - 500000")),
        "share": ("float4", "(i % 997 / 997::float4)::float4"),
        "measure": ("float8", with_nulls(3, "i / 7::float8")),
        "label": ("text", "'kind ' || i % 50"),
        "note": ("text", with_nulls(4, "left(md5(i::text), (i % 33)::int)")),
        "at": (
            "timestamptz",
            with_nulls(5, "timestamptz '2020-01-01 UTC' + i * interval '13.000007 seconds'"),
        ),
        "day": ("date", with_nulls(6, "date '1999-12-31' + (i % 10000)::int")),
        "amount": ("numeric(12,2)", with_nulls(7, "((i * 37 % 100000007) / 100.0)::numeric(12,2)")),
    },
    summary="count(*), sum(measure), sum(octet_length(note)), count(at), sum(amount)::float8",
    # To the microsecond; days as such, whether they are a date or the moment at which it begins.
    proof="""count(*), sum(measure), sum(octet_length(note)), count(at), sum(amount)::float8,
        sum(id)::int8, count(flag), sum(flag::int4), count(small), sum(small::int8)::int8,
        sum(share::float8), count(measure), sum(hashtext(label)), count(note), sum(hashtext(note)),
        sum(extract(epoch FROM at) - 1577836800)::float8,
        sum(extract(microseconds FROM at))::int8, count(day),
        sum(day::date - date '2000-01-01'), count(amount),
        sum(id % 1009 * small::int8)::int8, sum(hashtext(label || note))""",
    changed=("measure", "measure * 2"),
)

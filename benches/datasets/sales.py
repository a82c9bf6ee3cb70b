"""A thousand rows in fifty groups: what a page of a report asks for."""

from .dataset import Dataset

SALES = Dataset(
    table="sales",
    columns={"shop": ("int4", "(i * 7919 % 50)::int4"), "amount": ("float8", "i / 7::float8")},
    summary="count(*), sum(shop)::int8, sum(amount)",
    proof="count(*), sum(shop)::int8, sum(amount), sum(shop * amount)",
    fixed=1_000,
)

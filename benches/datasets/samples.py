"""Five features that have nothing to do with each other, and what follows from them."""

from .dataset import Dataset

COEFFICIENTS = (1, 2, 3, 5, 7, 11)
"""The intercept's and the features'."""

FEATURES = {
    "x1": "(i * 7919 % 10007) / 10007::float8",
    "x2": "(i * 104729 % 20011) / 20011::float8",
    "x3": "(i * 1299709 % 30011) / 30011::float8",
    "x4": "(i * 15485863 % 40009) / 40009::float8",
    "x5": "(i * 32452843 % 50021) / 50021::float8",
}
TARGET = " + ".join(
    [
        str(COEFFICIENTS[0]),
        *(f"{k} * {x}" for k, x in zip(COEFFICIENTS[1:], FEATURES.values(), strict=True)),
    ]
)

SAMPLES = Dataset(
    table="samples",
    columns={"y": ("float8", TARGET)} | {name: ("float8", how) for name, how in FEATURES.items()},
    summary="count(*), sum(y), sum(x5)",
    proof="count(*), sum(y), sum(x5), sum(x1 * x2 * x3 * x4)",
)

SCORED = Dataset(
    table="scored",
    columns={
        "id": ("int4", "i::int4"),
        "y": ("float8", TARGET),
        **{name: ("float8", how) for name, how in FEATURES.items()},
    },
    summary="count(*), sum(score)",
    proof="count(*), sum(score), sum(id * score)",
    fixed=1000,
)
"""Rows that a model is trained with, and then asked for; the aggregates are over what it says."""

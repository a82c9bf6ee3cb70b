"""Many rows: what it costs to hand them over, and to do something with them."""

import jobs
from description import Work
from paces import Calls

NUMBERS = "{rows} rows of an int8 and five float8"
OTHERS = "{rows} rows of other kinds"

THROUGH = Work(
    key="through",
    name="W1",
    title="in and out, one column changed",
    table=NUMBERS,
    job=jobs.THROUGH,
    pace=Calls(),
)

INTO = Work(
    key="into",
    name="W2",
    title="in only: counted and summed",
    table=NUMBERS,
    job=jobs.INTO,
    pace=Calls(),
)

OUT = Work(
    key="out",
    name="W3",
    title="out only: made by the script",
    table=NUMBERS,
    job=jobs.OUT,
    pace=Calls(),
)

TEXTS = Work(
    key="texts",
    name="W4",
    title="three texts in and out, one in capitals",
    table=OTHERS,
    job=jobs.TEXTS_THROUGH,
    pace=Calls(),
)

MIXED = Work(
    key="mixed",
    name="W5",
    title="ten columns of nine types in and out, one changed",
    table=OTHERS,
    job=jobs.MIXED_THROUGH,
    pace=Calls(),
)

TRAINING = Work(
    key="training",
    name="W9",
    title="six float8 in, a linear model's coefficients out",
    table=OTHERS,
    job=jobs.TRAINING,
    pace=Calls(),
)

"""What is to be done with which rows; how, is said in each language in python.py and r.py."""

from dataclasses import replace

from datasets import MIXED, NUMBERS, SALES, SAMPLES, SCORED, TEXTS, Dataset
from datasets.samples import COEFFICIENTS
from description import Job

from .models import BOOSTING, FOREST, Model

LEAST = Job(key="least", record="n int4", result="(SELECT 1 AS n) AS t")


def through(key: str, dataset: Dataset) -> Job:
    """All rows in and out, one column changed."""
    return Job(
        key=key,
        dataset=dataset,
        query=dataset.query,
        record=dataset.record,
        result=f"({dataset.changed_query}) AS t",
        summary=dataset.summary,
        proof=dataset.proof,
    )


def into(dataset: Dataset) -> Job:
    """In only: numbers counted and summed."""
    return Job(
        key="into",
        dataset=dataset,
        query=dataset.query,
        record="n int8, a float8, e float8",
        result=f"(SELECT {dataset.summary} FROM ({dataset.query}) AS t) AS t",
    )


THROUGH = through("through", NUMBERS)
INTO = into(NUMBERS)
OUT = replace(THROUGH, key="out", query="", result=f"({NUMBERS.made_query}) AS t")

TEXTS_THROUGH = through("texts", TEXTS)
MIXED_THROUGH = through("mixed", MIXED)

TRAINING = Job(
    key="training",
    dataset=SAMPLES,
    query=SAMPLES.query,
    record=", ".join(f"c{number} float8" for number in range(len(COEFFICIENTS))),
    result=f"(SELECT {', '.join(f'{value}::float8' for value in COEFFICIENTS)}) AS t",
)

GROUPED = Job(
    key="grouped",
    dataset=SALES,
    query=SALES.query,
    record=SALES.record,
    result=f"(SELECT shop, sum(amount) AS amount FROM {SALES.table} GROUP BY shop) AS t",
    summary=SALES.summary,
    proof=SALES.proof,
    stays=True,
)


def scored(key: str, model: Model, imports: str) -> Job:
    """What a model that was trained before says of each row."""
    scores = "unnest(scores) WITH ORDINALITY AS s(score, id)"
    return Job(
        key=key,
        dataset=SCORED,
        query=SCORED.query,
        record="id int4, score float8",
        result=f"(SELECT s.id, s.score FROM {model.table}, {scores}) AS t",
        summary=SCORED.summary,
        proof=SCORED.proof,
        model=model.table,
        before=model.trained,
        imports=imports,
    )


BOOSTED = scored("boosted", BOOSTING, imports="sklearn")
VOTED = scored("voted", FOREST, imports="ranger")

TABLED = replace(GROUPED, key="tabled", imports="data.table")

PNG = "\\x89504e470d0a1a0a"
"""What each begins with."""

DRAWN = Job(
    key="drawn",
    dataset=SCORED,
    query=SCORED.query,
    record="png bytea",
    result=f"(SELECT '{PNG}'::bytea AS png) AS t",
    summary=f"count(*), bool_and(substr(png, 1, 8) = '{PNG}')",
    proof=f"count(*), bool_and(substr(png, 1, 8) = '{PNG}')",
    imports="matplotlib",
)

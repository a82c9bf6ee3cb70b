"""All works, in the order in which they are measured and shown."""

from collections.abc import Callable

from description import Job, Way, Work

from .crowd import CROWD, REFILL
from .latency import GROUPED, NOW_AND_THEN, ONE_AFTER_THE_OTHER
from .packages import DATA_TABLE, FIGURE, FOREST, SCORING
from .rows import INTO, MIXED, OUT, TEXTS, THROUGH, TRAINING
from .slope import MEMORY, SLOPE

WORKS: tuple[Work, ...] = (
    THROUGH,
    INTO,
    OUT,
    TEXTS,
    MIXED,
    TRAINING,
    NOW_AND_THEN,
    ONE_AFTER_THE_OTHER,
    GROUPED,
    CROWD,
    REFILL,
    *SLOPE,
    *MEMORY,
    SCORING,
    FIGURE,
    FOREST,
    DATA_TABLE,
)

PYTHON_PACKAGES = (SCORING.key, FIGURE.key)
R_PACKAGES = (FOREST.key, DATA_TABLE.key)

BY_KEY = {work.key: work for work in WORKS}


def ways(way: Callable[[Job], Way], *keys: str) -> dict[str, Way]:
    """What a system does, if it does all of these works' jobs in the same way."""
    return {key: way(BY_KEY[key].job) for key in keys}

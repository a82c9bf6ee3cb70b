"""All works, in the order in which they are measured and shown.

Not yet among them: text columns, mixed types, many small groups, concurrent calls, training a
model, time per row from small to large.
"""

from description import Work

from .latency import NOW_AND_THEN, ONE_AFTER_THE_OTHER
from .rows import INTO, OUT, THROUGH

WORKS: tuple[Work, ...] = (THROUGH, INTO, OUT, NOW_AND_THEN, ONE_AFTER_THE_OTHER)

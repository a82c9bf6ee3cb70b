"""Small calls whose scripts load a package, which can take a hundred times as long as the rest.

Ours have it preloaded, once scripts have imported it often enough; peers load it once a session.
"""

import jobs
from description import Work
from paces import Calls

TABLE = "Small calls that load a package, every 250 ms"
PACE = Calls(calls=10, pause=0.25)

SCORING = Work(
    key="scoring",
    name="W15",
    title="scikit-learn: 1,000 rows scored by a boosting model of 100 trees",
    table=TABLE,
    job=jobs.BOOSTED,
    pace=PACE,
    shows="p99",
)

FIGURE = Work(
    key="figure",
    name="W15",
    title="matplotlib: 1,000 points as a PNG",
    table=TABLE,
    job=jobs.DRAWN,
    pace=PACE,
    shows="p99",
)

FOREST = Work(
    key="forest",
    name="W15",
    title="R's ranger: 1,000 rows scored by a forest of 100 trees",
    table=TABLE,
    job=jobs.VOTED,
    pace=PACE,
    shows="p99",
)

DATA_TABLE = Work(
    key="data-table",
    name="W15",
    title="R's data.table: 1,000 rows grouped and summed",
    table=TABLE,
    job=jobs.TABLED,
    pace=PACE,
    shows="p99",
)

"""A process of its own for every call: what starting an interpreter with its packages costs."""

from description import System
from programs import Program

COLD_PYTHON = System(
    key="cold-python",
    title="`python3 -c 'import numpy, pandas, pyarrow'`",
    does={"now-and-then": Program("{python}", "-c", "import numpy, pandas, pyarrow")},
    calls=4,
)

COLD_R = System(
    key="cold-r",
    title="`Rscript -e 1`",
    beside="r",
    does={"now-and-then": Program("Rscript", "-e", "1")},
    calls=4,
)

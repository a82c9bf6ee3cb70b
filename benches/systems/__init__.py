"""All systems, in the order in which they take turns and are shown.

Not yet among them: a client that fetches the rows over ADBC and writes them back.
"""

from description import System

from .cold import COLD_PYTHON, COLD_R
from .launchpad import PYTHON, R
from .plpython import PLPYTHON, PLPYTHON_ARRAYS
from .plr import PLR, PLR_ARRAYS
from .server import COPY, FLOOR, TABLE_AS

SYSTEMS: tuple[System, ...] = (
    FLOOR,
    COPY,
    TABLE_AS,
    PYTHON,
    R,
    PLPYTHON,
    PLPYTHON_ARRAYS,
    PLR,
    PLR_ARRAYS,
    COLD_PYTHON,
    COLD_R,
)

"""All systems, in the order in which they take turns and are shown."""

from description import System

from .clients import ADBC, EXERCISED, PSYCOPG
from .cold import COLD_PYTHON, COLD_R
from .launchpad import BARE_PYTHON, BARE_R, PYTHON, R
from .plpython import PLPYTHON
from .plpython_arrays import PLPYTHON_ARRAYS
from .plpython_pandas import PLPYTHON_PANDAS
from .plr import PLR
from .plr_arrays import PLR_ARRAYS
from .server import BOTH_WAYS, COPY, FLOOR, TABLE_AS

SYSTEMS: tuple[System, ...] = (
    FLOOR,
    TABLE_AS,
    BOTH_WAYS,
    COPY,
    PYTHON,
    R,
    BARE_PYTHON,
    BARE_R,
    PLPYTHON,
    PLPYTHON_PANDAS,
    PLPYTHON_ARRAYS,
    PLR,
    PLR_ARRAYS,
    ADBC,
    PSYCOPG,
    EXERCISED,
    COLD_PYTHON,
    COLD_R,
)

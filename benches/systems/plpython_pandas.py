"""PL/Python with pandas: a frame of the query's rows, the same script as ours, the frame's rows as
tuples.

It runs the same numpy and pandas: the packages of the scripts' environment, whose interpreter is
the one that PL/Python was built with. They are imported once a session.

Variants that were tried, with the million rows of numbers. Reading: array_agg of each column, as
here, needs 0.8 s; a frame of each ten thousand rows that `cursor.fetch` gives, concatenated, 0.95;
`from_records` of what `plpy.execute` gives 1.3, DataFrame of it 1.45; lists by column from
`cursor.fetch` 1.6. Returning: zip of the columns' lists, as here, is as good as any; a list of
that, a generator and `itertuples` need as much or a little more.

NULL needs care that costs: a column of integers with one is float64, NaN is not NULL, and what is
no number goes through text. Moments go in as microseconds and out as ISO 8601 made by numpy; as
text in, they cost a twentieth more, as Timestamps out half as much again.
"""

import jobs.python
from datasets import Dataset
from description import Job, System, Way
from works import PYTHON_PACKAGES, ways

from .function import function
from .plpython import NEEDS

IMPORTS = """
if 'pandas' not in GD:
    import pathlib, sys
    (row,) = plpy.execute("SELECT current_setting('launchpad.python') AS python")
    environment = pathlib.Path(row['python']).parent.parent
    sys.path[:0] = map(str, environment.glob('lib/python3*/site-packages'))
    import numpy, pandas
    GD['numpy'], GD['pandas'] = numpy, pandas
numpy, pandas = GD['numpy'], GD['pandas']
"""

# How a column is asked for, where not as it is.
ASKED = {
    "amount": "amount::float8",
    "at": "(date_part('epoch', at) * 1000000)::int8",
    "day": "day - date '1970-01-01'",
}

DATES = """
InputDataSet['at'] = pandas.to_datetime(InputDataSet['at'], unit='us', utc=True)
InputDataSet['day'] = pandas.to_datetime(InputDataSet['day'], unit='D')
"""

RETURN = "\nreturn zip(*[OutputDataSet[name].tolist() for name in OutputDataSet])"

# Rows of one column are its values, and no tuples.
RETURN_VALUES = "\nreturn OutputDataSet.iloc[:, 0].tolist()"

# PL/Python takes numbers by their repr, which numpy's are not known by.
RETURN_LIST = (
    "\nreturn [tuple(numpy.asarray(value).item() for value in row) for row in OutputDataSet]"
)

RETURN_NULLS = """
def values(column):
    if column.dtype.kind == 'M':
        moments = column.dt.tz_localize(None).to_numpy('datetime64[us]')
        texts = numpy.datetime_as_string(moments, timezone='UTC').tolist()
        return [None if text == 'NaT' else text for text in texts]
    return column.astype(object).where(column.notna(), None).tolist()
OutputDataSet['small'] = OutputDataSet['small'].astype('Int64')
return zip(*[values(OutputDataSet[name]) for name in OutputDataSet])
"""


def frame(dataset: Dataset) -> str:
    """The rows as a frame, which is what a script of ours finds."""
    columns = ", ".join(f"array_agg({ASKED.get(name, name)}) AS {name}" for name in dataset.columns)
    return f"""(arrays,) = plpy.execute("SELECT {columns} FROM {dataset.table}")
InputDataSet = pandas.DataFrame(arrays)
"""


def way(job: Job) -> Way:
    body = IMPORTS
    if job.query:
        body += frame(job.dataset)
    if job.key == "mixed":
        body += DATES
    body += jobs.python.SCRIPTS[job.key]
    body += {
        "mixed": RETURN_NULLS,
        "drawn": RETURN_VALUES,
        "into": RETURN_LIST,
        "training": RETURN_LIST,
    }.get(job.key, RETURN)
    return function(job, "plpython3u", body)


PLPYTHON_PANDAS = System(
    key="plpython-pandas",
    title="PL/Python, a pandas frame",
    needs=NEEDS,
    does=ways(
        way, "through", "into", "out", "texts", "mixed", "training", "grouped", *PYTHON_PACKAGES
    ),
)

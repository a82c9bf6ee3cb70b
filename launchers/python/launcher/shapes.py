"""What a script may leave in its output variable: the shapes that are a table, as labels and columns."""

import datetime
import decimal
import uuid

import numpy
import pandas
import pyarrow

from cells import NoTable, encodable
from plain import EXTENSION, extension

SHAPES = (
    "a DataFrame, an Arrow table, an array, a Series, a dict of columns, a list of rows or a value"
)

# One of these is a table of one value.
VALUES = (
    bool,
    int,
    float,
    str,
    bytes,
    bytearray,
    memoryview,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    uuid.UUID,
    numpy.generic,
    pyarrow.Scalar,
)

ROWS = (dict, list, tuple)


def split(value, name, wanted):
    """Label and values of each column; `wanted`: the types of the declared columns."""
    if isinstance(value, pandas.DataFrame):
        return of_frame(value)
    if isinstance(value, pandas.Series):
        return [(label_of(value.name, "column1"), value)]
    if isinstance(value, (pandas.Index, pandas.api.extensions.ExtensionArray)):
        return [(label_of(getattr(value, "name", None), "column1"), value)]
    if isinstance(value, numpy.ndarray):
        return of_array(value, name, wanted)
    value = of_arrow(value)
    if isinstance(value, pyarrow.Table):
        return of_table(value)
    if isinstance(value, (pyarrow.Array, pyarrow.ChunkedArray)):
        return [("column1", value)]
    if isinstance(value, dict):
        return of_dict(value)
    if isinstance(value, (list, tuple)):
        return of_list(value, name)
    if isinstance(value, VALUES):
        return [("column1", [value])]
    raise NoTable(f'"{name}" is of type {type(value).__name__}; it must be {SHAPES}')


def of_frame(value):
    # By position, as items() has them: labels may occur twice.
    for label, column in value.items():
        yield label_of(label), column


def of_array(value, name, wanted):
    """A vector is a column, a matrix has columns; or rows that are arrays, if that is declared."""
    if isinstance(value, numpy.matrix):
        value = numpy.asarray(value)
    if value.dtype.names:
        return [(label_of(label), value[label]) for label in value.dtype.names]
    if value.ndim == 0:
        return [("column1", [value[()]])]
    if value.ndim == 1:
        # What NumPy makes of an empty list of rows has no columns either.
        return [("column1", value)] if len(value) or len(wanted) < 2 else []
    if len(wanted) == 1 and pyarrow.types.is_list(wanted[0]):
        return [("column1", value)]
    if value.ndim == 2:
        return [(f"column{at + 1}", value[:, at]) for at in range(value.shape[1])]
    raise NoTable(f'"{name}" is an array of {value.ndim} dimensions; a table has two')


def of_arrow(value):
    """What other libraries have, as Arrow; anything else as it is."""
    if (type(value).__module__ or "").split(".")[0] == "polars":
        if type(value).__name__ == "LazyFrame":
            value = value.collect()
        if type(value).__name__ == "DataFrame":
            return {column.name: of_polars(column) for column in value}
        if type(value).__name__ == "Series":
            return of_polars(value)
    if isinstance(value, pyarrow.RecordBatch):
        return pyarrow.Table.from_batches([value])
    if isinstance(value, (pyarrow.Table, pyarrow.Array, pyarrow.ChunkedArray)):
        return value
    if isinstance(value, pyarrow.RecordBatchReader):
        return value.read_all()
    if hasattr(value, "__arrow_c_stream__"):
        try:
            return pyarrow.table(value)
        except (pyarrow.ArrowInvalid, TypeError):
            # One column.
            return pyarrow.chunked_array(value)
    if hasattr(value, "__arrow_c_array__"):
        array = pyarrow.array(value)
        is_table = pyarrow.types.is_struct(array.type)
        return pyarrow.Table.from_struct_array(array) if is_table else array
    # Of a pyarrow.dataset, a relation of duckdb.
    for method in ("to_arrow_table", "to_table"):
        if callable(getattr(value, method, None)):
            table = getattr(value, method)()
            return table if isinstance(table, pyarrow.Table) else value
    return value


def of_polars(column):
    """Not what it has of Python's objects: Arrow would get their addresses."""
    return column.to_list() if str(column.dtype) == "Object" else column.to_arrow()


def of_table(value):
    for field, column in zip(value.schema, value.columns):
        name = (field.metadata or {}).get(EXTENSION)
        if name is not None:
            # One that this pyarrow does not know.
            column = extension(column, name.decode("utf-8", "replace"), field.name)
        yield field.name, column


def of_dict(value):
    for label, column in value.items():
        label = label_of(label)
        if isinstance(column, (str, bytes, dict)) or not hasattr(column, "__len__"):
            raise NoTable(
                f'column "{label}" is of type {type(column).__name__}, not a list of values'
            )
        yield label, column


def of_list(value, name):
    """Of rows, or of a column's values."""
    rows = [row for row in value if row is not None]
    if not any(isinstance(row, ROWS) for row in rows):
        return [("column1", list(value))] if value else []
    odd = next((row for row in value if not isinstance(row, ROWS)), value)
    if odd is not value:
        raise NoTable(
            f'"{name}" is a list of {type(odd).__name__} and of rows; rows are dicts, lists or tuples'
        )
    return of_rows(value, name)


def of_rows(value, name):
    """Dicts by their keys, in the order these come; lists and tuples by position."""
    if all(isinstance(row, dict) for row in value):
        labels = dict.fromkeys(label for row in value for label in row)
        return [(label_of(label), [row.get(label) for row in value]) for label in labels]
    if any(isinstance(row, dict) for row in value):
        raise NoTable(f'the rows of "{name}" mix dicts with lists or tuples')
    widths = {len(row) for row in value}
    if len(widths) > 1:
        raise NoTable(
            f'the rows of "{name}" differ in width: {min(widths)} to {max(widths)} values'
        )
    return [(f"column{at + 1}", list(column)) for at, column in enumerate(zip(*value))]


def label_of(label, default=None):
    """A label as text that UTF-8 can carry."""
    return encodable(default if label is None and default else str(label))

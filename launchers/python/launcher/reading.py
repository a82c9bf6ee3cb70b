"""Arrow into Python: the parameters and the input's frame, one stream after the other."""

import json

import launchpad_shim
import pandas
import pyarrow
import pyarrow.compute
import pyarrow.ipc

JSON_KEY = launchpad_shim.JSON_KEY.encode()


def parameters(pipe):
    """The variables of a one-row stream, as Python's own values."""
    table = read(pipe)
    values = {}
    for field, column in zip(table.schema, table.columns):
        value = column[0].as_py()
        if value is not None and JSON_KEY in (field.metadata or {}):
            value = json.loads(value)
        values[field.name] = value
    return values


def frame(pipe):
    """The input as a DataFrame of pandas' NumPy types; `columns.py` is the way back."""
    table = read(pipe)
    intervals = {
        name: spans(column)
        for name, column in zip(table.column_names, table.columns)
        if pyarrow.types.is_interval(column.type)
    }
    result = table.to_pandas(
        use_threads=False,
        date_as_object=False,
        timestamp_as_object=False,
        integer_object_nulls=False,
        strings_to_categorical=False,
        ignore_metadata=True,
        self_destruct=True,
    )
    for name, series in intervals.items():
        result[name] = series
    return result


def read(pipe):
    """One whole stream; bytes after its end stay in the pipe's buffer."""
    with pyarrow.ipc.open_stream(pipe) as stream:
        return stream.read_all()


def spans(column):
    """Intervals as timedeltas, which pandas can calculate with, unless one has months."""
    values = column.to_pylist()
    if any(value is not None and value.months for value in values):
        return pandas.Series(values, dtype=object)
    return pandas.Series(
        [
            pandas.NaT
            if value is None
            else pandas.Timedelta(days=value.days, microseconds=value.nanoseconds // 1000)
            for value in values
        ],
        dtype="timedelta64[us]",
    )

"""Arrow into Python: the parameters and the input's frame, one stream after the other."""

import datetime
import json

import launchpad_shim
import pyarrow
import pyarrow.compute
import pyarrow.ipc

import frames

JSON_KEY = launchpad_shim.JSON_KEY.encode()


def parameters(pipe):
    """The variables of a one-row stream, as Python's own values."""
    table = read(pipe)
    values = {}
    for field, column in zip(table.schema, table.columns):
        value = own_value(frames.single(column))
        if value is not None and JSON_KEY in (field.metadata or {}):
            value = json.loads(value)
        values[field.name] = value
    return values


def own_value(array):
    try:
        value = array[0].as_py()
    except (ValueError, OverflowError):
        # A year that Python's dates do not have.
        return frames.objects(array)[0]
    if isinstance(value, pyarrow.MonthDayNano) and not value.months:
        try:
            return datetime.timedelta(days=value.days, microseconds=value.nanoseconds // 1000)
        except OverflowError:
            return value
    return value


def frame(pipe, flavour):
    """The input as a DataFrame."""
    return frames.frame(read(pipe), flavour)


def read(pipe):
    """One whole stream; bytes after its end stay in the pipe's buffer."""
    with pyarrow.ipc.open_stream(pipe) as stream:
        return stream.read_all()

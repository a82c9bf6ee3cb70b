"""Arrow into Python: the parameters and the input's frame, one stream after the other. Bytes after a
stream's end stay in the pipe's buffer."""

import datetime
import itertools
import json

import launchpad_shim
import pyarrow
import pyarrow.compute
import pyarrow.ipc

import frames
import vectors

JSON_KEY = launchpad_shim.JSON_KEY.encode()


def parameters(pipe):
    """The variables of a one-row stream, as Python's own values."""
    with pyarrow.ipc.open_stream(pipe) as stream:
        table = stream.read_all()
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
    with pyarrow.ipc.open_stream(pipe) as stream:
        schema = stream.schema
        begun = list(itertools.islice(stream, 2))
        if len(begun) == 2 and flavour == "numpy" and vectors.suit(schema):
            return vectors.frame(schema, chain(begun, stream))
        return frames.frame(pyarrow.Table.from_batches([*begun, *stream], schema), flavour)


def chain(begun, stream):
    """All batches, none of which stays here."""
    while begun:
        yield begun.pop(0)
    yield from stream

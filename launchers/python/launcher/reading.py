"""Arrow into Python: the parameters and the input's frame, one stream after the other. Bytes after a
stream's end stay in the pipe's buffer."""

import datetime
import decimal
import itertools
import json

import launchpad_shim
import pyarrow
import pyarrow.compute
import pyarrow.ipc

import frames
import vectors

types = pyarrow.types

JSON = launchpad_shim.JSON.encode()


def parameters(pipe):
    """The variables of a one-row stream, as Python's own values."""
    with pyarrow.ipc.open_stream(pipe) as stream:
        table = stream.read_all()
    values = {}
    for field, column in zip(table.schema, table.columns):
        value = own_value(frames.single(column), 0, field)
        if value is not None and JSON in (field.metadata or {}):
            value = json.loads(value)
        values[field.name] = value
    return values


def own_value(array, at, field):
    """What `array` has there. `field`: what the schema says of it."""
    kind = array.type
    if types.is_nested(kind) and not array[at].is_valid:
        return None
    if frames.is_array(kind):
        lists, dimensions = (array.field(position) for position in (0, 1))
        return frames.folded(own_value(lists, at, kind.field(0)), dimensions[at].as_py())
    if types.is_struct(kind):
        return {own.name: own_value(array.field(own.name), at, own) for own in kind}
    if types.is_list(kind):
        items, own = array[at].values, kind.value_field
        if types.is_nested(own.type) or frames.is_digits(own):
            return [own_value(items, item, own) for item in range(len(items))]
    try:
        value = array[at].as_py()
    except (ValueError, OverflowError):
        # A year that Python's dates do not have.
        return frames.objects(array.slice(at, 1))[0]
    if value is not None and frames.is_digits(field):
        return decimal.Decimal(value)
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

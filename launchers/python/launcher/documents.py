"""Values as the text of JSON that jsonb takes: output parameters, and what a column that is neither of
arrays nor of composites has of dicts and lists.

`place` in errors: 'parameter "k"' or 'column "a"'.
"""

import collections.abc
import datetime
import decimal
import json
import math
import uuid

import numpy
import pandas
import pyarrow

from cells import NoTable, encodable, missing

# Containers inside each other at most; what contains itself ends here.
DEPTH = 100

NO_PLACE = "which has no place in jsonb"

LISTS = (
    list,
    tuple,
    set,
    frozenset,
    range,
    numpy.ndarray,
    pandas.Series,
    pandas.Index,
    pandas.api.extensions.ExtensionArray,
)


def text(value, place):
    """A value's JSON text."""
    try:
        # Most need nothing else, and get it sooner so.
        made = json.dumps(value, ensure_ascii=False, allow_nan=False)
        if "\\u0000" not in made and depth_of(made.encode("utf-8")) <= DEPTH:
            return made
    except (TypeError, ValueError, RecursionError):
        pass
    return any_text(value, place, 0)


def depth_of(made):
    """Of containers in JSON; wrong where texts have brackets, which only costs time."""
    if made.count(b"[") + made.count(b"{") <= DEPTH:
        return 0
    made = numpy.frombuffer(made, "u1")
    # "[" and "{" are two before their counterparts.
    steps = numpy.isin(made, (91, 123)).astype("i4") - numpy.isin(made, (93, 125))
    return int(steps.cumsum().max())


def any_text(value, place, depth):
    if depth > DEPTH:
        raise NoTable(f"{place} is nested more than {DEPTH} levels deep")
    if isinstance(value, pyarrow.Scalar):
        value = value.as_py()
    elif isinstance(value, (pyarrow.Array, pyarrow.ChunkedArray)):
        value = value.to_pylist()
    elif isinstance(value, numpy.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, collections.abc.Mapping):
        members = (
            f"{quoted(key(label, place), place)}: {any_text(member, place, depth + 1)}"
            for label, member in value.items()
        )
        return "{" + ", ".join(members) + "}"
    if isinstance(value, LISTS):
        return "[" + ", ".join(any_text(member, place, depth + 1) for member in value) + "]"
    return scalar(value, place)


def key(label, place):
    """A member's name; JSON has only text for it."""
    if label is None or isinstance(label, (bool, numpy.bool_)):
        # As Python's own encoder has them.
        return scalar(label, place)
    if isinstance(
        label, (str, int, float, decimal.Decimal, numpy.generic, datetime.date, uuid.UUID)
    ):
        return str(label)
    raise NoTable(f"{place} has a key of type {type(label).__name__}, {NO_PLACE}")


def scalar(value, place):
    if missing(value):
        return "null"
    if isinstance(value, (bool, numpy.bool_)):
        return "true" if value else "false"
    # NumPy's spans of time count as integers.
    if isinstance(value, (int, numpy.integer)) and not isinstance(value, numpy.timedelta64):
        return str(int(value))
    if isinstance(value, (float, numpy.floating)):
        return number(value, math.isinf(value))
    if isinstance(value, decimal.Decimal):
        return number(value, value.is_infinite())
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f'"\\\\x{bytes(value).hex()}"'
    return quoted(words(value, place), place)


def number(value, infinite):
    """As PostgreSQL's to_jsonb has it."""
    if infinite:
        return '"Infinity"' if value > 0 else '"-Infinity"'
    # The shortest text that means this value, for NumPy's narrow types too.
    return str(value) if isinstance(value, decimal.Decimal) else repr(float(str(value)))


def words(value, place):
    """Values that JSON has no form of their own for, in one that PostgreSQL reads."""
    if isinstance(value, str):
        return value
    if isinstance(value, (numpy.datetime64, numpy.timedelta64)):
        kind = pandas.Timestamp if isinstance(value, numpy.datetime64) else pandas.Timedelta
        return kind(value).isoformat()
    if isinstance(value, datetime.timedelta):
        return pandas.Timedelta(value).isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, pandas.Period, pandas.Interval)):
        return str(value)
    raise NoTable(f"{place} is of type {type(value).__name__}, {NO_PLACE}")


def quoted(value, place):
    if "\0" in value:
        raise NoTable(f"{place} contains a NUL character, {NO_PLACE}")
    return json.dumps(encodable(value), ensure_ascii=False)

"""Output parameters: what became of a script's variables, as JSON that jsonb takes."""

import datetime
import decimal
import json
import math
import uuid

import numpy
import pandas
import pyarrow

from columns import NoTable, missing

# Containers inside each other at most; what contains itself ends here.
DEPTH = 100

NO_PLACE = "which has no place in jsonb"


def texts(names, variables):
    """Each variable's JSON text; null for one that is no more."""
    return {name: text(variables.get(name), name) for name in names}


def changes(before, after):
    """The members that differ, as a JSON object: what a script did not touch stays as it came,
    which JSON can say more exactly than Python."""
    changed = (f"{quoted(name)}: {after[name]}" for name in after if after[name] != before[name])
    return "{" + ", ".join(changed) + "}"


def text(value, name, depth=0):
    if depth > DEPTH:
        raise NoTable(f'parameter "{name}" is nested more than {DEPTH} levels deep')
    if isinstance(value, pyarrow.Scalar):
        value = value.as_py()
    elif isinstance(value, (pyarrow.Array, pyarrow.ChunkedArray)):
        value = value.to_pylist()
    elif isinstance(value, numpy.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, dict):
        members = (
            f"{quoted(key(label, name), name)}: {text(member, name, depth + 1)}"
            for label, member in value.items()
        )
        return "{" + ", ".join(members) + "}"
    if isinstance(value, LISTS):
        return "[" + ", ".join(text(member, name, depth + 1) for member in value) + "]"
    return scalar(value, name)


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


def key(label, name):
    """A member's name; JSON has only text for it."""
    if isinstance(label, (str, int, float, numpy.generic, datetime.date, uuid.UUID)):
        return str(label)
    raise NoTable(f'parameter "{name}" has a key of type {type(label).__name__}, {NO_PLACE}')


def scalar(value, name):
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
    return quoted(words(value, name), name)


def number(value, infinite):
    """As PostgreSQL's to_jsonb has it."""
    if infinite:
        return '"Infinity"' if value > 0 else '"-Infinity"'
    # The shortest text that means this value, for NumPy's narrow types too.
    return str(value) if isinstance(value, decimal.Decimal) else repr(float(str(value)))


def words(value, name):
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
    if isinstance(value, uuid.UUID):
        return str(value)
    raise NoTable(f'parameter "{name}" is of type {type(value).__name__}, {NO_PLACE}')


def quoted(value, name=None):
    if "\0" in value:
        raise NoTable(f'parameter "{name}" contains a NUL character, {NO_PLACE}')
    # What UTF-8 cannot carry becomes its escape, as everywhere.
    value = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return json.dumps(value, ensure_ascii=False)

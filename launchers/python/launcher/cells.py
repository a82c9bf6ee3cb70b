"""What one value is, whatever it stands in: missing, text, or without a place."""

import decimal

import numpy
import pandas


class NoTable(Exception):
    """The value has no place in a table; the message tells users why."""


def missing(value):
    """None, NaN, NaT and pandas.NA, but no list or array."""
    if value is None or value is pandas.NA or value is pandas.NaT:
        return True
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    if isinstance(value, (float, numpy.floating)):
        return bool(numpy.isnan(value))
    return isinstance(value, (numpy.datetime64, numpy.timedelta64)) and numpy.isnat(value)


def encodable(text):
    """Text that UTF-8 can carry: a lone surrogate becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

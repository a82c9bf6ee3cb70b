"""What the caller should know besides the result: lines on standard error, which arrive as WARNINGs."""

import sys

import pandas

from cells import encodable


def order(name, labels, wanted):
    """Names do not matter: who thinks so is told."""
    came, meant = [[label.casefold() for label in one] for one in (labels, wanted)]
    if came != meant and sorted(came) == sorted(meant):
        note(
            f'the columns of "{name}" are {", ".join(labels)}, declared are {", ".join(wanted)};'
            " they are matched by position"
        )


def index(name, value, labels):
    if not isinstance(value, (pandas.DataFrame, pandas.Series)) or not len(value.index):
        return
    names = [label for label in value.index.names if label is not None]
    plain = pandas.api.types.is_integer_dtype(value.index.dtype) and not names
    if not plain and not labels.issuperset(map(str, names or [None])):
        told = f" ({', '.join(map(str, names))})" if names else ""
        note(f'the index of "{name}"{told} is not returned; reset_index() makes columns of it')


def nothing(name, variables):
    """Columns are declared, and the script never gave the variable anything."""
    alike = [key for key in variables if key != name and key.casefold() == name.casefold()]
    told = f', "{alike[0]}" was' if alike else ""
    note(f'"{name}" was never assigned{told}; the result has no rows')


def digits(label):
    note(
        f'column "{label}" has integers beyond 2^53 beside NULL, which lost digits as float64;'
        " launchpad.python_types = nullable keeps them"
    )


def note(text):
    """A line that the caller sees as a WARNING."""
    print(encodable(text), file=sys.stderr)

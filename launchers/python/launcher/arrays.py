"""Lists in lists as PostgreSQL's arrays of several dimensions: their elements one after the other, and how
long the lists of each dimension are."""

import launchpad_shim
import numpy
import pyarrow

from documents import LISTS

# Elements and dimensions of lists that differ in length, which the backend refuses.
RAGGED = ([], [])

# Of PostgreSQL's arrays.
MOST_DIMENSIONS = 6

# How a result's array carries its dimensions; null where there is one.
FIELDS = list(launchpad_shim.ARRAY)


def lists(values, items):
    """The elements of all rows, cut into rows again by how many each has."""
    offsets = []
    end = 0
    for value in values:
        # No offset: the list is null.
        offsets.append(None if value is None else end)
        end += 0 if value is None else len(value)
    offsets.append(end)
    return pyarrow.ListArray.from_arrays(pyarrow.array(offsets, pyarrow.int32()), items)


def dimensioned(array, lengths):
    """The lists with their dimensions beside them."""
    lengths = pyarrow.array(lengths, pyarrow.list_(pyarrow.int32()))
    return pyarrow.StructArray.from_arrays([array, lengths], names=FIELDS, mask=array.is_null())


def flattened(values, flat, are_rows):
    """Rows with all their elements in one list, the dimensions of each row, and the elements of all. `flat`:
    what is in the rows; the dimensions are None where no row has several. `are_rows`: elements are
    composites, which may be lists themselves."""
    if not any(map(is_list_type, set(map(type, flat)))):
        return values, None, flat
    rows = []
    lengths = []
    for value in values:
        row, own = (None, None) if value is None else unfolded(value, are_rows)
        rows.append(row)
        lengths.append(own)
    if not any(own is not None for own in lengths):
        return values, None, flat
    return rows, lengths, [item for row in rows if row is not None for item in row]


def is_list_type(kind):
    # An interval is a tuple to Python.
    return issubclass(kind, LISTS) and not issubclass(kind, pyarrow.MonthDayNano)


def unfolded(value, are_rows):
    """The elements and the dimensions, or None if there is one."""
    depth = levels(value, are_rows)
    if depth > MOST_DIMENSIONS:
        # The backend refuses so many; a list may contain itself.
        return [], [0] * depth
    if depth < 2:
        return list(value), None
    if isinstance(value, numpy.ndarray) and value.dtype != object:
        return value.reshape(-1), list(value.shape)
    items, lengths = list(value), [len(value)]
    for _ in range(depth - 1):
        if not all(is_list_type(type(item)) for item in items):
            return RAGGED
        lengths.append(len(items[0]) if items else 0)
        if any(len(item) != lengths[-1] for item in items):
            return RAGGED
        items = [inner for item in items for inner in item]
    if not are_rows and any(is_list_type(type(item)) for item in items):
        return RAGGED
    return items, lengths


def levels(value, are_rows):
    """How many lists are in each other, by the first of each that is not missing."""
    depth = 0
    most = MOST_DIMENSIONS + 1 + are_rows
    while (
        depth < most and is_list_type(type(value)) and not (are_rows and isinstance(value, tuple))
    ):
        depth += 1
        if isinstance(value, numpy.ndarray) and value.dtype != object:
            return depth + value.ndim - 1
        value = first(value)
    if are_rows and value is not None and not isinstance(value, (dict, tuple)):
        # The rows are lists themselves.
        depth -= 1
    return depth


def first(value):
    return next((item for item in value if item is not None), None)

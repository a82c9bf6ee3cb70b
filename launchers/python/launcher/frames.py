"""An Arrow table as a DataFrame, in the flavour of pandas' types that the setting asks for;
`columns.py` is the way back."""

import decimal

import launchpad_shim
import numpy
import pandas
import pyarrow
from pyarrow import compute

import notes
from cells import NoTable

types = pyarrow.types

# Of the flavour "nullable": pandas' own types, which have NA. All others are as in "numpy".
NULLABLE = {
    pyarrow.bool_(): pandas.BooleanDtype(),
    pyarrow.int16(): pandas.Int16Dtype(),
    pyarrow.int32(): pandas.Int32Dtype(),
    pyarrow.int64(): pandas.Int64Dtype(),
    pyarrow.uint32(): pandas.UInt32Dtype(),
    pyarrow.float32(): pandas.Float32Dtype(),
    pyarrow.float64(): pandas.Float64Dtype(),
    pyarrow.utf8(): pandas.StringDtype(),
}

MAPPERS = {"numpy": None, "nullable": NULLABLE.get, "pyarrow": pandas.ArrowDtype}

DIGITS = launchpad_shim.DIGITS.encode()

# A float64 has all integers up to it.
MOST_EXACT = 1 << 53

# pandas before 2.0 has moments of nanoseconds alone.
NANOSECONDS = pandas.__version__.startswith("1.")
MOST_NANOSECONDS = (1 << 63) - 1

# What an interval is in memory.
PARTS = numpy.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")])

# Days and all the hours an interval can have still fit a 64-bit count of microseconds.
MOST_DAYS = 100_000_000


def frame(table, flavour):
    """The table, which is of no use afterwards, as a DataFrame."""
    own = {}
    if flavour == "numpy":
        for name, column in zip(table.column_names, table.columns):
            if types.is_int64(column.type) and column.null_count and rounded(column):
                notes.digits(name)
    if flavour == "pyarrow":
        table = of_lists(table)
    for position, (field, column) in enumerate(zip(table.schema, table.columns)):
        if (series := own_series(column, flavour, is_digits(field))) is not None:
            own[field.name] = series
            table = table.set_column(position, field.name, pyarrow.nulls(len(table)))
    result = table.to_pandas(
        use_threads=False,
        date_as_object=False,
        timestamp_as_object=False,
        integer_object_nulls=False,
        strings_to_categorical=False,
        ignore_metadata=True,
        self_destruct=True,
        types_mapper=MAPPERS[flavour],
    )
    for name, series in own.items():
        result[name] = series
    return result


def rounded(integers):
    """Whether some of them are none that a float has as well."""
    ends = compute.min_max(integers).as_py()
    return ends["min"] is not None and max(-ends["min"], ends["max"]) > MOST_EXACT


def own_series(column, flavour, digits):
    """The columns that pyarrow would not turn into what scripts calculate with, else None."""
    if types.is_interval(column.type):
        values = spans(single(column))
        if flavour != "pyarrow":
            return pandas.Series(objects_beyond(values) if NANOSECONDS else values)
        if values.dtype == object:
            return None
        kind = pandas.ArrowDtype(pyarrow.duration("us"))
        return pandas.Series(pandas.array(pyarrow.array(values, from_pandas=True), dtype=kind))
    if flavour != "pyarrow" and NANOSECONDS and beyond_nanoseconds(column):
        return pandas.Series(objects(single(column)), dtype=object)
    if (digits or types.is_nested(column.type)) and flavour != "pyarrow":
        return pandas.Series(objects(single(column), digits), dtype=object)
    return None


def beyond_nanoseconds(column):
    """Whether it has moments that 64 bits of nanoseconds do not reach."""
    if types.is_date32(column.type):
        column, most = column.cast(pyarrow.int32()), MOST_NANOSECONDS // 86_400_000_000_000
    elif types.is_timestamp(column.type):
        column, most = column.cast(pyarrow.int64()), MOST_NANOSECONDS // 1000
    else:
        return False
    ends = compute.min_max(column).as_py()
    return ends["min"] is not None and max(-ends["min"], ends["max"]) > most


def objects_beyond(values):
    """Spans as Python's own, if nanoseconds do not reach one of them."""
    if values.dtype == object or not len(values):
        return values
    micros = values.view("i8")[~numpy.isnat(values)]
    if not len(micros) or abs(micros).max() <= MOST_NANOSECONDS // 1000:
        return values
    return numpy.array(values.tolist(), dtype=object)


def is_digits(field):
    """Whether its text is that of exact numbers."""
    return DIGITS in (field.metadata or {})


def is_array(kind):
    """Whether values are PostgreSQL's arrays: a struct of lists, of the elements and of the dimensions."""
    return (
        types.is_struct(kind)
        and tuple(field.name for field in kind) == launchpad_shim.ARRAY
        and all(types.is_list(field.type) for field in kind)
    )


def of_lists(table):
    """With Arrow's lists for arrays, which have one dimension."""
    for position, (name, column) in enumerate(zip(table.column_names, table.columns)):
        if types.is_struct(column.type):
            try:
                lists = as_lists(single(column))
            except TooManyDimensions:
                raise NoTable(
                    f'column "{name}" has arrays of several dimensions, which launchpad.python_types'
                    ' = pyarrow has no type for; "numpy" and "nullable" have lists in lists'
                ) from None
            table = table.set_column(position, name, lists)
    return table


class TooManyDimensions(Exception):
    """Arrow's lists have one."""


def as_lists(array):
    kind = array.type
    if is_array(kind):
        lists, dimensions = array.flatten()
        if dimensions.null_count < len(dimensions):
            raise TooManyDimensions
        elements = as_lists(lists.values)
        return pyarrow.ListArray.from_buffers(
            pyarrow.list_(elements.type),
            len(lists),
            lists.buffers()[:2],
            offset=lists.offset,
            children=[elements],
        )
    if types.is_struct(kind):
        fields = [as_lists(field) for field in array.flatten()]
        names = [field.name for field in kind]
        return pyarrow.StructArray.from_arrays(fields, names=names, mask=array.is_null())
    return array


def single(column):
    """A column's chunks as one array."""
    column = column.combine_chunks()
    return column.combine_chunks() if isinstance(column, pyarrow.ChunkedArray) else column


def objects(array, digits=False):
    """Python's own values; an array's elements as `elements` has them, a composite as a dict. `digits`: its
    text is that of exact numbers."""
    if digits:
        return [None if value is None else decimal.Decimal(value) for value in array.to_pylist()]
    if types.is_list(array.type):
        items = elements(array.flatten(), is_digits(array.type.value_field))
        values = []
        start = 0
        for length in array.value_lengths().to_pylist():
            if length is None:
                values.append(None)
            else:
                values.append(items[start : start + length])
                start += length
        return values
    if is_array(array.type):
        lists, dimensions = array.flatten()
        values = objects(lists)
        if dimensions.null_count < len(dimensions):
            pairs = zip(values, dimensions.to_pylist())
            values = [folded(value, lengths) for value, lengths in pairs]
        return values
    if types.is_struct(array.type):
        names = [field.name for field in array.type]
        rows = zip(*map(objects, array.flatten(), map(is_digits, array.type)))
        valid = array.is_valid().to_pylist()
        return [dict(zip(names, row)) if ok else None for ok, row in zip(valid, rows)]
    if types.is_map(array.type):
        # Of the whole array, wherever this one is cut out of it; as are the offsets.
        keys, items = objects(array.keys), objects(array.items)
        ends = array.offsets.to_pylist()
        pairs = (dict(zip(keys[a:b], items[a:b])) for a, b in zip(ends, ends[1:]))
        return [pair if ok else None for pair, ok in zip(pairs, array.is_valid().to_pylist())]
    if types.is_interval(array.type):
        return [None if pandas.isna(value) else value for value in spans(array).tolist()]
    try:
        return array.to_pylist()
    except (ValueError, OverflowError):
        # Years that Python's dates do not have.
        values = array.to_numpy(zero_copy_only=False)
        return [None if numpy.isnat(value) else value for value in values]


def folded(items, lengths):
    """Lists in lists, of such lengths from the outermost on; None: one list, as it is."""
    if lengths is None:
        return items
    if isinstance(items, numpy.ndarray):
        items = items.tolist()
    for length in reversed(lengths[1:]):
        items = [items[start : start + length] for start in range(0, len(items), length)]
    return items


def elements(array, digits):
    """Numbers as an ndarray, but integers among which there is NULL; else a list."""
    kind = array.type
    if types.is_floating(kind) or (types.is_integer(kind) and not array.null_count):
        # A copy: Arrow's own memory cannot be written to.
        return numpy.array(array.to_numpy(zero_copy_only=False))
    return objects(array, digits)


def spans(array):
    """Intervals as timedelta64[us], which can be calculated with; as MonthDayNano if one of them
    has months or more days than that holds."""
    parts = numpy.zeros(0, PARTS)
    if len(array):
        parts = numpy.frombuffer(array.buffers()[1], PARTS)[array.offset :][: len(array)]
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    if numpy.any(valid & ((parts["months"] != 0) | (abs(parts["days"].astype("i8")) > MOST_DAYS))):
        return numpy.fromiter(array.to_pylist(), dtype=object, count=len(array))
    micros = parts["days"].astype("i8") * 86_400_000_000 + parts["nanoseconds"] // 1000
    result = micros.view("m8[us]")
    result[~valid] = numpy.timedelta64("NaT")
    return result

"""An Arrow table as a DataFrame, in the flavour of pandas' types that the setting asks for;
`columns.py` is the way back."""

import numpy
import pandas
import pyarrow
from pyarrow import compute

import notes

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

# A float64 has all integers up to it.
MOST_EXACT = 1 << 53

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
    for position, (name, column) in enumerate(zip(table.column_names, table.columns)):
        if (series := own_series(column, flavour)) is not None:
            own[name] = series
            table = table.set_column(position, name, pyarrow.nulls(len(table)))
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


def own_series(column, flavour):
    """The columns that pyarrow would not turn into what scripts calculate with, else None."""
    if types.is_interval(column.type):
        values = spans(single(column))
        if flavour != "pyarrow":
            return pandas.Series(values)
        if values.dtype == object:
            return None
        return pandas.Series(values).astype(pandas.ArrowDtype(pyarrow.duration("us")))
    if types.is_nested(column.type) and flavour != "pyarrow":
        return pandas.Series(objects(single(column)), dtype=object)
    return None


def single(column):
    """A column's chunks as one array."""
    column = column.combine_chunks()
    return column.combine_chunks() if isinstance(column, pyarrow.ChunkedArray) else column


def objects(array):
    """Python's own values; an array's elements as `elements` has them, a composite as a dict."""
    if types.is_list(array.type):
        items = elements(array.flatten())
        values = []
        start = 0
        for length in array.value_lengths().to_pylist():
            if length is None:
                values.append(None)
            else:
                values.append(items[start : start + length])
                start += length
        return values
    if types.is_struct(array.type):
        names = [field.name for field in array.type]
        rows = zip(*map(objects, array.flatten()))
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


def elements(array):
    """Numbers as an ndarray, but integers among which there is NULL; else a list."""
    kind = array.type
    if types.is_floating(kind) or (types.is_integer(kind) and not array.null_count):
        # A copy: Arrow's own memory cannot be written to.
        return numpy.array(array.to_numpy(zero_copy_only=False))
    return objects(array)


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

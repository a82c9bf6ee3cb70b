"""One column into Arrow: its values, then a plain type, then the wanted one where nothing is lost."""

import datetime
import decimal
import uuid

import numpy
import pandas
import pyarrow

import arrays
import clock
import documents
import frames
from cells import NoTable, encodable, missing
from plain import fit, foreign, is_any, plain, single

types = pyarrow.types


# Types of Python that may stand in one column, and the name of each set in messages is the type's.
FAMILIES = (
    (bool, numpy.bool_),
    (int, float, decimal.Decimal, numpy.integer, numpy.floating),
    (str,),
    (bytes, bytearray, memoryview),
    (datetime.datetime, numpy.datetime64),
    (datetime.date,),
    (datetime.time,),
    (datetime.timedelta, numpy.timedelta64),
    (pyarrow.MonthDayNano, pandas.DateOffset),
    (dict,),
    documents.LISTS,
    (uuid.UUID,),
    (pandas.Period,),
    (pandas.Interval,),
)

# Times of day of which at least one has an offset.
OFFSET = "times with an offset"

# What pandas has besides series that is a column.
OF_PANDAS = (pandas.Index, pandas.api.extensions.ExtensionArray)

# What pandas calls those kinds of objects that become a column as they are.
ALIKE = ("boolean", "bytes", "floating", "integer", "string")


def convert(values, label, wanted):
    """A chunked array of one of the plain types; `wanted`: the declared column's type, or None."""
    try:
        array = arrow(values, label, wanted)
        if types.is_nested(array.type) and (name := foreign(array.type)) is not None:
            raise NoTable(f'column "{label}" has values of Arrow\'s extension type "{name}" in it')
        array = plain(array, label)
        is_text = wanted is not None and types.is_string(wanted)
        is_deep = types.is_list(array.type) and types.is_list(array.type.value_type)
        if is_any(array.type, "map") or is_deep or (types.is_nested(array.type) and is_text):
            # As the same values of Python's own, which become JSON, or arrays of several dimensions.
            array = plain(of_objects(frames.objects(single(array)), label, wanted), label)
        return fit(array, wanted)
    except NoTable:
        raise
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise NoTable(f'column "{label}" cannot be returned: {error}') from None


def arrow(values, label, wanted):
    """The values as Arrow has them by nature."""
    if isinstance(values, (pyarrow.Array, pyarrow.ChunkedArray)):
        return values
    if is_matrix_of_one(values) and not nested(wanted):
        values = values[:, 0]
    if isinstance(values, numpy.ma.MaskedArray) and values.ndim == 1:
        return pyarrow.array(numpy.ma.getdata(values), mask=numpy.ma.getmaskarray(values))
    if isinstance(values, OF_PANDAS):
        values = pandas.Series(values)
    if isinstance(values, pandas.Series):
        return of_series(values, label, wanted)
    if isinstance(values, numpy.ndarray):
        if values.dtype != object and values.ndim == 1:
            return of_vector(values)
    elif hasattr(values, "__arrow_array__"):
        return pyarrow.array(values, from_pandas=True)
    elif hasattr(values, "__arrow_c_stream__"):
        return pyarrow.chunked_array(values)
    return of_objects(list(values), label, wanted)


def is_matrix_of_one(values):
    return isinstance(values, numpy.ndarray) and values.ndim == 2 and values.shape[1] == 1


def of_series(values, label, wanted):
    if values.dtype == object:
        array = of_alike(values.to_numpy())
        return of_objects(values.tolist(), label, wanted) if array is None else array
    if isinstance(values.dtype, numpy.dtype):
        return of_vector(values.to_numpy())
    if isinstance(values.dtype, pandas.SparseDtype):
        return of_series(values.sparse.to_dense(), label, wanted)
    if isinstance(values.dtype, pandas.CategoricalDtype):
        categories = arrow(values.cat.categories.to_series(), label, wanted)
        codes = pyarrow.array(values.cat.codes.to_numpy(), mask=values.isna().to_numpy())
        return single(categories).take(codes)
    if isinstance(values.dtype, (pandas.PeriodDtype, pandas.IntervalDtype)):
        return of_objects(values.tolist(), label, wanted)
    return pyarrow.array(values, from_pandas=True)


# Of NumPy's units of moments and of spans those that Arrow lacks, and the one that has their values.
UNITS = {("M", unit): "D" for unit in "YMW"} | {("M", unit): "s" for unit in "hm"}
UNITS |= {("m", unit): "s" for unit in "WDhm"}


def of_vector(values):
    """Numbers stay in their memory, and nobody looks at them: NaN is NULL to the backend as well."""
    if values.dtype == numpy.longdouble:
        values = values.astype("f8")
    if values.dtype.kind in "cV":
        raise TypeError(f"NumPy's {values.dtype} has no place in a table")
    if (kind := values.dtype.kind) in "mM":
        unit = UNITS.get((kind, numpy.datetime_data(values.dtype)[0]))
        values = values if unit is None else values.astype(f"{kind}8[{unit}]")
    if not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    return pyarrow.array(values, from_pandas=values.dtype.kind not in "biuf")


def of_alike(values):
    """Objects of one type that Arrow has as well, without a look at each from Python; else None."""
    kind = pandas.api.types.infer_dtype(values, skipna=True)
    if kind not in ALIKE:
        return None
    try:
        array = pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        # Text that UTF-8 cannot carry, integers of more than 64 bits, a missing value of a rare kind.
        return None
    if kind == "floating":
        return array.cast(pyarrow.float64())
    # NumPy's narrow NaN makes pyarrow take integers for floats.
    return None if types.is_floating(array.type) else array


def of_objects(values, label, wanted):
    """Python objects of one family; missing values of every kind are null."""
    given = values
    values = [None if missing(value) else value for value in given]
    if wanted is not None and types.is_string(wanted):
        # numeric has NaN, which is this where it travels as text.
        values = [
            value if kept is None and isinstance(value, decimal.Decimal) else kept
            for value, kept in zip(given, values)
        ]
    kinds = dict.fromkeys(map(type, values))
    kinds.pop(type(None), None)
    families = {family(kind) for kind in kinds}
    if any(issubclass(kind, pyarrow.Scalar) for kind in kinds):
        values = [value.as_py() if isinstance(value, pyarrow.Scalar) else value for value in values]
        return of_objects(values, label, wanted)
    if len(families) > 1:
        names = " and ".join(sorted({kind.__name__ for kind in kinds}))
        raise NoTable(f'column "{label}" mixes {names}; astype(str) makes text of all')
    if families and None in families:
        raise NoTable(
            f'column "{label}" holds values of type {next(iter(kinds)).__name__};'
            " astype(str) makes text of them"
        )
    sample = FAMILIES[families.pop()][0] if families else None
    if sample is list and wanted is not None and types.is_struct(wanted):
        values = [as_fields(value, label, wanted) for value in values]
        sample = dict
    if sample is dict and nested(wanted):
        return of_dicts(values, label, wanted)
    if sample is list and not scalar(wanted):
        return of_lists(values, label, wanted)
    if sample is int:
        return of_numbers(values, kinds, wanted)
    if sample is datetime.datetime:
        return of_moments(values, kinds, wanted)
    if sample is datetime.time and any(value is not None and has_zone(value) for value in values):
        # Arrow has no time with an offset; PostgreSQL reads it.
        sample = OFFSET
    if sample in (dict, list):
        # In a column that is neither of composites nor of arrays.
        place = f'column "{label}"'
        values = [None if value is None else documents.text(value, place) for value in values]
    elif sample in TO_PLAIN:
        values = [None if value is None else TO_PLAIN[sample](value) for value in values]
    return pyarrow.array(values, from_pandas=True)


def of_moments(values, kinds, wanted):
    """Each with its own meaning: those without a time zone are the session's wall clock."""
    if set(kinds) == {numpy.datetime64}:
        # One by one they would pass through Python's dates, which begin with the year 1.
        none = numpy.datetime64("NaT")
        return pyarrow.array(numpy.array([none if value is None else value for value in values]))
    values = [
        pandas.Timestamp(value) if isinstance(value, numpy.datetime64) else value
        for value in values
    ]
    if len({has_zone(value) for value in values if value is not None}) < 2:
        return pyarrow.array(values, from_pandas=True)
    if wanted is not None and types.is_timestamp(wanted) and wanted.tz:
        # PostgreSQL reads both, and knows what a wall clock means on the days when it is changed.
        convert = written
    elif wanted is not None and types.is_temporal(wanted):
        convert = clock.wall
    else:
        convert = clock.moment
    return pyarrow.array([None if value is None else convert(value) for value in values])


def has_zone(value):
    return value.utcoffset() is not None


def written(moment):
    """As PostgreSQL reads it; digits beyond the microsecond go."""
    return moment.isoformat(sep=" ", timespec="microseconds")


def of_numbers(values, kinds, wanted):
    """Arrow does not mix numbers of different kinds, and its integers end at 64 bits."""
    decimals = any(issubclass(kind, decimal.Decimal) for kind in kinds)
    if not decimals and any(issubclass(kind, (float, numpy.floating)) for kind in kinds):
        values = [None if value is None else float(value) for value in values]
    elif decimals and len(kinds) > 1:
        # Exact numbers next to a decimal are decimals.
        values = [None if value is None else decimal.Decimal(str(value)) for value in values]
    if decimals and keeps_scales(wanted) and (scales_of(values) > 1 or any(map(is_nan, values))):
        # Arrow's decimals have one for the whole column.
        return pyarrow.array([None if value is None else str(value) for value in values])
    try:
        return pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowInvalid, OverflowError, TypeError):
        # Infinite decimals and numbers of too many digits: PostgreSQL reads their text.
        return pyarrow.array([None if value is None else str(value) for value in values])


def keeps_scales(wanted):
    """Whether numbers of that type have each a scale of their own: numeric, which is one of these."""
    return wanted is not None and (types.is_float64(wanted) or types.is_string(wanted))


def is_nan(value):
    return value is not None and value.is_nan()


def scales_of(values):
    return len({value.as_tuple().exponent for value in values if value is not None})


def of_lists(values, label, wanted):
    """The elements of all rows as one column, cut into rows again."""
    element = wanted.value_type if wanted is not None and types.is_list(wanted) else None
    rows = [value for value in values if value is not None]
    if rows and all(isinstance(row, numpy.ndarray) for row in rows) and alike(rows):
        flat = numpy.concatenate(rows)
    else:
        flat = [item for row in rows for item in row]
        if not nested(element) or types.is_struct(element):
            values, lengths, flat = arrays.flattened(values, flat, nested(element))
            if lengths is not None:
                items = single(convert(flat, label, element))
                return arrays.dimensioned(arrays.lists(values, items), lengths)
    return arrays.lists(values, single(convert(flat, label, element)))


def alike(rows):
    """Whether these are plain vectors of one type."""
    kind = rows[0].dtype
    return kind != object and all(row.ndim == 1 and row.dtype == kind for row in rows)


def of_dicts(values, label, wanted):
    """The values of each key as a column of their own."""
    keys = dict.fromkeys(key for value in values if value is not None for key in value)
    if not keys:
        raise NoTable(f'column "{label}" holds only empty dicts')
    fields = {field.name: field.type for field in wanted} if types.is_struct(wanted) else {}
    names = [str(key) for key in keys]
    columns = [
        single(
            convert(
                [None if value is None else value.get(key) for value in values],
                f"{label}.{name}",
                fields.get(name),
            )
        )
        for key, name in zip(keys, names)
    ]
    null = pyarrow.array([value is None for value in values])
    return pyarrow.StructArray.from_arrays(columns, names=names, mask=null)


def as_fields(value, label, wanted):
    """A row's values by position as the dict that the composite's fields make of them."""
    if value is None:
        return None
    if len(value) != wanted.num_fields:
        raise NoTable(
            f'column "{label}" holds {len(value)} values for a composite of {wanted.num_fields}'
        )
    return {field.name: item for field, item in zip(wanted, value)}


def family(kind):
    """The position in FAMILIES, None if the type is in no family."""
    return next((at for at, kinds in enumerate(FAMILIES) if issubclass(kind, kinds)), None)


def nested(kind):
    return kind is not None and types.is_nested(kind)


def scalar(kind):
    return kind is not None and not types.is_nested(kind)


# Values of these families go as another type of Python's.
TO_PLAIN = {
    OFFSET: datetime.time.isoformat,
    bytes: bytes,
    pandas.Interval: str,
    pandas.Period: str,
    str: encodable,
    uuid.UUID: str,
}

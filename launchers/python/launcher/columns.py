"""One column into Arrow: its values, then a plain type, then the wanted one where nothing is lost."""

import datetime
import decimal
import json
import uuid

import numpy
import pandas
import pyarrow
from pyarrow import compute

types = pyarrow.types


class NoTable(Exception):
    """The value has no place in a table; the message tells users why."""


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
    (list, tuple, numpy.ndarray),
    (uuid.UUID,),
)

# What pandas calls those kinds of objects that become a column as they are.
ALIKE = ("boolean", "bytes", "floating", "integer", "string")


def convert(values, label, wanted):
    """A chunked array of one of the plain types; `wanted`: the declared column's type, or None."""
    try:
        return fit(plain(arrow(values, label, wanted)), wanted)
    except NoTable:
        raise
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise NoTable(f'column "{label}" cannot be returned: {error}') from None


def arrow(values, label, wanted):
    """The values as Arrow has them by nature."""
    if isinstance(values, (pyarrow.Array, pyarrow.ChunkedArray)):
        return values
    if isinstance(values, pandas.Series):
        return of_series(values, label, wanted)
    if isinstance(values, numpy.ndarray) and values.dtype != object and values.ndim == 1:
        return of_vector(values)
    if hasattr(values, "__arrow_array__"):
        return pyarrow.array(values, from_pandas=True)
    return of_objects(list(values), label, wanted)


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
        return of_objects([None if pandas.isna(v) else str(v) for v in values], label, wanted)
    return pyarrow.array(values, from_pandas=True)


def of_vector(values):
    """Numbers stay in their memory, and nobody looks at them: NaN is NULL to the backend as well."""
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
    values = [None if missing(value) else value for value in values]
    kinds = dict.fromkeys(type(value) for value in values if value is not None)
    families = {family(kind) for kind in kinds}
    if len(families) > 1:
        names = " and ".join(sorted({kind.__name__ for kind in kinds}))
        raise NoTable(f'column "{label}" mixes {names}')
    if families and None in families:
        raise NoTable(f'column "{label}" holds values of type {next(iter(kinds)).__name__}')
    sample = FAMILIES[families.pop()][0] if families else None
    if sample is list and wanted is not None and types.is_struct(wanted):
        values = [as_fields(value, label, wanted) for value in values]
        sample = dict
    if sample is dict and nested(wanted):
        return of_dicts(values, label, wanted)
    if sample is list and not scalar(wanted):
        return of_lists(values, label, wanted)
    if sample is int:
        return of_numbers(values, kinds)
    if sample is datetime.datetime and set(kinds) == {numpy.datetime64}:
        # One by one they would pass through Python's dates, which begin with the year 1.
        none = numpy.datetime64("NaT")
        values = numpy.array([none if value is None else value for value in values])
    if sample in TO_PLAIN:
        values = [None if value is None else TO_PLAIN[sample](value) for value in values]
    return pyarrow.array(values, from_pandas=True)


def of_numbers(values, kinds):
    """Arrow does not mix numbers of different kinds, and its integers end at 64 bits."""
    decimals = any(issubclass(kind, decimal.Decimal) for kind in kinds)
    if not decimals and any(issubclass(kind, (float, numpy.floating)) for kind in kinds):
        values = [None if value is None else float(value) for value in values]
    elif decimals and len(kinds) > 1:
        # Exact numbers next to a decimal are decimals.
        values = [None if value is None else decimal.Decimal(str(value)) for value in values]
    try:
        return pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowInvalid, OverflowError, TypeError):
        # Infinite decimals and numbers of too many digits: PostgreSQL reads their text.
        return pyarrow.array([None if value is None else str(value) for value in values])


def of_lists(values, label, wanted):
    """The elements of all rows as one column, cut into rows again."""
    element = wanted.value_type if wanted is not None and types.is_list(wanted) else None
    rows = [value for value in values if value is not None]
    if rows and all(isinstance(row, numpy.ndarray) for row in rows) and alike(rows):
        flat = numpy.concatenate(rows)
    else:
        flat = [item for row in rows for item in row]
    items = single(convert(flat, label, element))
    offsets = []
    end = 0
    for value in values:
        # No offset: the list is null.
        offsets.append(None if value is None else end)
        end += 0 if value is None else len(value)
    offsets.append(end)
    return pyarrow.ListArray.from_arrays(pyarrow.array(offsets, pyarrow.int32()), items)


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


def missing(value):
    """None, NaN, NaT and pandas.NA, but no list or array."""
    if value is None or value is pandas.NA or value is pandas.NaT:
        return True
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    if isinstance(value, (float, numpy.floating)):
        return bool(numpy.isnan(value))
    return isinstance(value, (numpy.datetime64, numpy.timedelta64)) and numpy.isnat(value)


def family(kind):
    """The position in FAMILIES, None if the type is in no family."""
    return next((at for at, kinds in enumerate(FAMILIES) if issubclass(kind, kinds)), None)


def encodable(text):
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def as_json(value):
    return json.dumps(value, ensure_ascii=False, default=json_value)


def json_value(value):
    if isinstance(value, (numpy.ndarray, numpy.generic)):
        return value.tolist()
    return str(value)


# Values of these families go as another type of Python's; dicts and lists in a column that is
# neither composite nor array go as JSON.
TO_PLAIN = {
    uuid.UUID: str,
    bytes: bytes,
    str: encodable,
    dict: as_json,
    list: as_json,
}


def is_any(kind, *names):
    """Whether the type is one of these, of which an older pyarrow may not know all."""
    tests = (getattr(types, f"is_{name}", None) for name in names)
    return any(test is not None and test(kind) for test in tests)


def nested(kind):
    return kind is not None and types.is_nested(kind)


def scalar(kind):
    return kind is not None and not types.is_nested(kind)


def single(array):
    return array.combine_chunks() if isinstance(array, pyarrow.ChunkedArray) else array


def without_nan(array):
    """For types that have no NaN, where it is null."""
    if not types.is_floating(array.type):
        return array
    return compute.if_else(compute.is_nan(array), pyarrow.scalar(None, array.type), array)


def plain(array):
    """Without the encodings that only mean the same in more ways."""
    if not isinstance(array, pyarrow.ChunkedArray):
        array = pyarrow.chunked_array([array])
    if isinstance(array.type, pyarrow.BaseExtensionType):
        storage = [chunk.storage for chunk in array.chunks]
        return plain(pyarrow.chunked_array(storage, type=array.type.storage_type))
    if types.is_dictionary(array.type):
        chunks = [chunk.dictionary_decode() for chunk in array.chunks]
        return plain(pyarrow.chunked_array(chunks, type=array.type.value_type))
    if types.is_run_end_encoded(array.type):
        return plain(compute.run_end_decode(array))
    kind = plain_type(array.type)
    if kind == array.type or is_any(array.type, "large_string", "large_binary"):
        # The backend reads offsets of 64 bits, too.
        return array
    if not types.is_temporal(kind):
        return array.cast(kind)
    try:
        # Digits beyond the microsecond may go: no declared type has them.
        return array.cast(options=compute.CastOptions(kind, allow_time_truncate=True))
    except pyarrow.ArrowInvalid:
        # Times that microseconds cannot hold stay as they are, for PostgreSQL to judge.
        return array


def plain_type(kind):
    if is_any(kind, "string", "large_string", "string_view"):
        return pyarrow.utf8()
    if is_any(kind, "binary", "large_binary", "fixed_size_binary", "binary_view"):
        return pyarrow.binary()
    if types.is_timestamp(kind):
        return pyarrow.timestamp("us", "UTC" if kind.tz else None)
    if types.is_time(kind):
        return pyarrow.time64("us")
    if types.is_date64(kind):
        return pyarrow.date32()
    if types.is_duration(kind):
        return pyarrow.duration("us")
    if types.is_float16(kind):
        return pyarrow.float32()
    if is_any(kind, "list", "large_list", "fixed_size_list", "list_view", "large_list_view"):
        return pyarrow.list_(plain_type(kind.value_type))
    if types.is_struct(kind):
        return pyarrow.struct([(field.name, plain_type(field.type)) for field in kind])
    return kind


def fit(array, wanted):
    """The wanted type where the cast loses nothing; else the backend casts as PostgreSQL does."""
    if types.is_null(array.type):
        kind = pyarrow.utf8() if wanted is None or types.is_dictionary(wanted) else wanted
        return pyarrow.chunked_array([pyarrow.nulls(len(array), kind)], type=kind)
    if wanted is None or array.type == wanted or not harmless(array.type, wanted):
        return array
    try:
        return (array if types.is_floating(wanted) else without_nan(array)).cast(wanted)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError):
        return array


def harmless(kind, wanted):
    """Whether a checked cast between the types means what PostgreSQL's means."""
    if types.is_integer(kind):
        return types.is_integer(wanted) or types.is_floating(wanted)
    if types.is_floating(kind):
        # PostgreSQL has no cast to oid, which with NULLs is a float in pandas.
        return types.is_float64(wanted) or types.is_uint32(wanted)
    if types.is_date32(kind):
        # Not to a moment with a time zone: which midnight is the session's to say.
        return types.is_timestamp(wanted) and wanted.tz is None
    if types.is_timestamp(kind):
        return kind.tz is None and types.is_date32(wanted)
    return (
        types.is_list(kind)
        and types.is_list(wanted)
        and harmless(kind.value_type, wanted.value_type)
    )

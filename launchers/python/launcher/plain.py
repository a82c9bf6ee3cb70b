"""Arrow's many types as the few that are sent, and the wanted one of these where nothing is lost."""

import uuid

import pyarrow
from pyarrow import compute

from cells import NoTable, missing

types = pyarrow.types

# What Arrow notes beside the storage of a type that is an extension.
EXTENSION = b"ARROW:extension:name"


def is_any(kind, *names):
    """Whether the type is one of these, of which an older pyarrow may not know all."""
    tests = (getattr(types, f"is_{name}", None) for name in names)
    return any(test is not None and test(kind) for test in tests)


def single(array):
    return array.combine_chunks() if isinstance(array, pyarrow.ChunkedArray) else array


def without_nan(array):
    """For types that have no NaN, where it is null."""
    if not types.is_floating(array.type):
        return array
    return compute.if_else(compute.is_nan(array), pyarrow.scalar(None, array.type), array)


def plain(array, label):
    """Without the encodings that only mean the same in more ways."""
    if not isinstance(array, pyarrow.ChunkedArray):
        array = pyarrow.chunked_array([array])
    if isinstance(array.type, pyarrow.BaseExtensionType):
        chunks = [chunk.storage for chunk in array.chunks]
        storage = pyarrow.chunked_array(chunks, type=array.type.storage_type)
        return plain(extension(storage, array.type.extension_name, label), label)
    if types.is_dictionary(array.type):
        chunks = [chunk.dictionary_decode() for chunk in array.chunks]
        return plain(pyarrow.chunked_array(chunks, type=array.type.value_type), label)
    if is_any(array.type, "run_end_encoded"):
        return plain(compute.run_end_decode(array), label)
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


def extension(storage, name, label):
    """What values of a type mean that is told by its name and by what it is stored as."""
    if name == "arrow.json":
        return storage
    if name == "arrow.bool8":
        return storage.cast(pyarrow.bool_())
    if name == "arrow.uuid":
        return pyarrow.chunked_array(
            [
                [
                    None if value is None else str(uuid.UUID(bytes=value))
                    for value in storage.to_pylist()
                ]
            ],
            type=pyarrow.utf8(),
        )
    raise NoTable(
        f'column "{label}" is of Arrow\'s extension type "{name}"; cast it to what it is stored as, or to text'
    )


def foreign(kind):
    """The name of the extension type that this one is or has in it, or None."""
    if isinstance(kind, pyarrow.BaseExtensionType):
        return kind.extension_name
    inner = (kind.field(at).type for at in range(kind.num_fields)) if types.is_nested(kind) else ()
    return next(filter(None, map(foreign, inner)), None)


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
    if is_any(kind, "decimal32", "decimal64"):
        return pyarrow.decimal128(kind.precision, kind.scale)
    if types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if is_any(kind, "list", "large_list", "fixed_size_list", "list_view", "large_list_view"):
        return pyarrow.list_(plain_type(kind.value_type))
    if types.is_struct(kind):
        return pyarrow.struct([(field.name, plain_type(field.type)) for field in kind])
    return kind


def fit(array, wanted):
    """The wanted type where the cast loses nothing; else the backend casts as PostgreSQL does."""
    if types.is_null(array.type) or (wanted not in (None, array.type) and nothing_in(array)):
        kind = pyarrow.utf8() if wanted is None or types.is_dictionary(wanted) else wanted
        return pyarrow.chunked_array([pyarrow.nulls(len(array), kind)], type=kind)
    if wanted is None or array.type == wanted or not harmless(array.type, wanted):
        return array
    try:
        return (array if types.is_floating(wanted) else without_nan(array)).cast(wanted)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError):
        return array


def nothing_in(array):
    """Whether every value is missing, so that the column fits any type."""
    if types.is_floating(array.type) and array.null_count < len(array):
        # Most columns have a number at their beginning.
        if not missing(array[0].as_py()):
            return False
        array = without_nan(array)
    return array.null_count == len(array)


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

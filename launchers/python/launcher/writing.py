"""What a script returned into an Arrow stream: the shapes that count as a table, the sending."""

import pandas
import pyarrow
import pyarrow.ipc

import columns
from columns import NoTable

__all__ = ["NoTable", "send", "table"]

# The most that one batch holds: rows, and roughly bytes, so that neither side buffers much.
BATCH_ROWS = 65_536
BATCH_BYTES = 1 << 20

# Rows differ: a batch of several that has more bytes is halved. The backend takes four times as much.
SPLIT_BYTES = 16 << 20

# PostgreSQL's own limit.
MAX_COLUMNS = 1600

SHAPES = "a DataFrame, an Arrow table, a Series, a dict of columns or a list of rows"


def send(value, name, wanted, pipe):
    """Writes what the script's variable `name` holds; returns the number of rows."""
    result = table(value, name, wanted)
    options = pyarrow.ipc.IpcWriteOptions(compression=None, use_threads=False)
    with pyarrow.ipc.new_stream(pipe, result.schema, options=options) as writer:
        for batch in result.to_batches(max_chunksize=batch_rows(result)):
            for piece in halved(batch):
                writer.write_batch(piece)
    pipe.flush()
    return result.num_rows


def batch_rows(result):
    if not result.num_rows:
        return BATCH_ROWS
    row = max(1, result.nbytes // result.num_rows)
    return max(1, min(BATCH_ROWS, BATCH_BYTES // row))


def halved(batch):
    """`batch` in pieces of one row or of at most SPLIT_BYTES."""
    if batch.num_rows <= 1 or batch.nbytes <= SPLIT_BYTES:
        yield batch
        return
    half = batch.num_rows // 2
    yield from halved(batch.slice(0, half))
    yield from halved(batch.slice(half))


def table(value, name, wanted):
    """`value` as a table of plain types; `wanted`: an encapsulated schema, which may be empty."""
    named = list(split(value, name))
    if len(named) > MAX_COLUMNS:
        raise NoTable(f'"{name}" has {len(named)} columns; a table has at most {MAX_COLUMNS}')
    schema = pyarrow.ipc.read_schema(pyarrow.py_buffer(wanted)) if wanted else ()
    # A count that differs is the backend's to report: it knows what was declared.
    types = [field.type for field in schema] if len(schema) == len(named) else []
    types += [None] * (len(named) - len(types))
    arrays = []
    fields = []
    for (label, column), kind in zip(named, types):
        array = columns.convert(column, label, kind)
        arrays.append(array)
        fields.append(pyarrow.field(label, array.type))
    lengths = {label: len(array) for (label, _), array in zip(named, arrays)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f'"{label}" has {length}' for label, length in lengths.items())
        raise NoTable(f'the columns of "{name}" differ in length: {told}')
    return pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields))


def split(value, name):
    """Label and values of each column."""
    if isinstance(value, pandas.DataFrame):
        return of_frame(value)
    if isinstance(value, pandas.Series):
        return [(label_of(value.name, "column1"), value)]
    if (arrow := of_foreign(value)) is not None:
        value = arrow
    if isinstance(value, pyarrow.RecordBatch):
        value = pyarrow.Table.from_batches([value])
    if isinstance(value, pyarrow.Table):
        return zip(value.column_names, value.columns)
    if isinstance(value, (pyarrow.Array, pyarrow.ChunkedArray)):
        return [("column1", value)]
    if isinstance(value, dict):
        return of_dict(value)
    if isinstance(value, (list, tuple)) and all(
        isinstance(row, (dict, list, tuple)) for row in value
    ):
        return of_rows(value, name)
    if isinstance(value, (list, tuple)):
        odd = next(row for row in value if not isinstance(row, (dict, list, tuple)))
        raise NoTable(
            f'"{name}" is a list of {type(odd).__name__}; a list of rows has dicts, lists or tuples'
        )
    raise NoTable(f'"{name}" is of type {type(value).__name__}; it must be {SHAPES}')


def of_frame(value):
    # By position, as items() has them: labels may occur twice.
    for label, column in value.items():
        yield label_of(label), column


def of_foreign(value):
    """A frame or series of polars, which need not be installed, as Arrow."""
    module = type(value).__module__ or ""
    if module.split(".")[0] != "polars":
        return None
    if type(value).__name__ == "LazyFrame":
        value = value.collect()
    return value.to_arrow() if hasattr(value, "to_arrow") else None


def of_dict(value):
    for label, column in value.items():
        label = label_of(label)
        if isinstance(column, (str, bytes, dict)) or not hasattr(column, "__len__"):
            raise NoTable(
                f'column "{label}" is of type {type(column).__name__}, not a list of values'
            )
        yield label, column


def of_rows(value, name):
    """Dicts by their keys, in the order these come; lists and tuples by position."""
    if all(isinstance(row, dict) for row in value):
        labels = dict.fromkeys(label for row in value for label in row)
        return [(label_of(label), [row.get(label) for row in value]) for label in labels]
    if any(isinstance(row, dict) for row in value):
        raise NoTable(f'the rows of "{name}" mix dicts with lists or tuples')
    widths = {len(row) for row in value}
    if len(widths) > 1:
        raise NoTable(
            f'the rows of "{name}" differ in width: {min(widths)} to {max(widths)} values'
        )
    return [(f"column{at + 1}", list(column)) for at, column in enumerate(zip(*value))]


def label_of(label, default=None):
    """A label as text that UTF-8 can carry."""
    text = default if label is None and default else str(label)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

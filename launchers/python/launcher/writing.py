"""What a script returned into an Arrow stream."""

import pyarrow
import pyarrow.ipc

import columns
import notes
import shapes
from cells import NoTable

__all__ = ["NoTable", "declared", "send", "table"]

# The most that one batch holds: rows, and roughly bytes, so that neither side buffers much.
BATCH_ROWS = 65_536
BATCH_BYTES = 1 << 20

# Rows differ: a batch of several that has more bytes is halved. The backend takes four times as much.
SPLIT_BYTES = 16 << 20

# PostgreSQL's own limit.
MAX_COLUMNS = 1600


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
    schema = declared(wanted)
    named = list(shapes.split(value, name, [field.type for field in schema]))
    if len(named) > MAX_COLUMNS:
        raise NoTable(f'"{name}" has {len(named)} columns; a table has at most {MAX_COLUMNS}')
    if not named and not len(value):
        # Neither columns nor rows: what a script has on a day without hits.
        named = [(field.name, pyarrow.nulls(0)) for field in schema]
    notes.order(name, [label for label, _ in named], [field.name for field in schema])
    notes.index(name, value, {label for label, _ in named})
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


def declared(wanted):
    """The fields of an encapsulated schema, which may be empty."""
    return list(pyarrow.ipc.read_schema(pyarrow.py_buffer(wanted))) if wanted else []

"""Batches that would cost the server many times what they have: refused before it pays.

Scripts write them to their output pipe. What the backend has had of memory is asked of the kernel.
"""

from pathlib import Path

import psycopg
import pytest

import test_hostile_replies as replies

# A batch of one row made by pyarrow, whose buffers are then put elsewhere in another body.
TOOLS = (
    replies.FRAMES
    + """
import io, struct, sys
import pyarrow

def stream_of(*batches):
    sink = io.BytesIO()
    with pyarrow.ipc.new_stream(sink, batches[0].schema) as writer:
        start = [sink.tell()]
        for batch in batches:
            writer.write_batch(batch)
            start.append(sink.tell())
    return sink.getvalue(), start

def moved(columns, places, body):
    # One row of so many texts of eight bytes, each buffer of which is where `places` has it.
    names = [f'c{at}' for at in range(columns)]
    batch = pyarrow.RecordBatch.from_arrays([pyarrow.array(['x' * 8])] * columns, names)
    data, start = stream_of(batch)
    if start[0] == 0:
        start[0] = data.index(b'\\xff' * 4, 8)
    schema, message = data[:start[0]], data[start[0]:]
    length = struct.unpack('<I', message[4:8])[0]
    metadata = message[8:8 + length]
    honest = b''.join(struct.pack('<6q', 16 * at, 0, 16 * at, 8, 16 * at + 8, 8)
                      for at in range(columns))
    forged = b''.join(struct.pack('<2q', *place) for place in places)
    assert metadata.count(honest) == 1 and len(forged) == len(honest)
    metadata = metadata.replace(honest, forged)
    size = struct.pack('<q', 16 * columns)
    metadata = metadata.replace(size, struct.pack('<q', len(body)))
    return schema + message[:8] + metadata + body + b'\\xff' * 4 + bytes(4)

def zeros(kind, count, *sizes):
    # So many values in buffers of zeros.
    buffers = [None, *(pyarrow.py_buffer(bytes(size)) for size in sizes)]
    return pyarrow.Array.from_buffers(kind, count, buffers)

def lists(values, offsets=None):
    offsets = pyarrow.array(offsets or [0, len(values)], 'int32')
    return pyarrow.ListArray.from_arrays(offsets, values)

def batch_of(column):
    return pyarrow.RecordBatch.from_arrays([column], ['a'])

def answer(data, rows=1):
    send(data)
    say(done(rows))
    leave()
"""
)

# Each of them would be a row of many gigabytes, or of a few more bytes than 32 bits count.
SHARED = """
size = {size}
body = struct.pack('<2i', 0, size) + bytes([97]) * size
answer(moved({columns}, [(0, 0), (0, 8), (8, size)] * {columns}, body))
"""


def call(connection: psycopg.Connection, script: str, declared: str) -> list[tuple]:
    return connection.execute(
        f"SELECT * FROM execute_external_script('Python', $s${TOOLS}\n{script}$s$) AS t({declared})"
    ).fetchall()


def texts(columns: int) -> str:
    return ", ".join(f"c{at} text" for at in range(columns))


@pytest.fixture
def analyst(cluster, connect) -> psycopg.Connection:
    """A session of a role that may run scripts, and nothing else."""
    with cluster.connect() as owner:
        owner.execute("DROP ROLE IF EXISTS batches")
        owner.execute("CREATE ROLE batches LOGIN")
    cluster.let_run("batches")
    yield connect(user="batches")
    with cluster.connect() as owner:
        owner.execute("DROP OWNED BY batches")
        owner.execute("DROP ROLE batches")


@pytest.mark.parametrize(
    ("columns", "size"),
    [
        (1600, 20 << 20),
        (1600, 2_684_355),  # 4 GiB and a little
        (52, 20 << 20),  # just above 1 GB
        (2, 100),
    ],
)
def test_columns_that_share_bytes(analyst, columns, size):
    start = replies.peak(analyst)
    with pytest.raises(psycopg.Error, match="begins before the one before it ends") as caught:
        call(analyst, SHARED.format(columns=columns, size=size), texts(columns))
    assert caught.value.sqlstate == "38000"
    assert replies.peak(analyst) - start < 64 + (size >> 20)
    assert analyst.execute("SELECT 1").fetchall() == [(1,)]


ORDERS = {
    "overlap by one byte": "[(0, 0), (0, 8), (8, 9), (16, 0), (16, 8), (24, 8)]",
    "the other way round": "[(24, 0), (24, 8), (16, 8), (8, 0), (8, 8), (0, 8)]",
    "one in the other": "[(0, 0), (0, 32), (8, 8), (16, 0), (16, 8), (24, 8)]",
    "an empty one before": "[(0, 0), (0, 8), (8, 8), (8, 0), (16, 8), (24, 8)]",
}


@pytest.mark.parametrize("places", ORDERS.values(), ids=ORDERS)
def test_buffers_out_of_order(analyst, places):
    script = f"answer(moved(2, {places}, struct.pack('<2i', 0, 8) * 4))"
    with pytest.raises(psycopg.Error, match="begins before the one before it ends") as caught:
        call(analyst, script, texts(2))
    assert caught.value.sqlstate == "38000"


def test_gaps_are_no_fault(analyst):
    script = """
places = [(8, 0), (8, 8), (24, 8), (40, 0), (40, 8), (64, 8)]
body = bytes(8) + struct.pack('<2i', 0, 8) + bytes(8) + b'a' * 8 + bytes(8)
answer(moved(2, places, body + struct.pack('<2i', 0, 8) + bytes(16) + b'b' * 8))
"""
    assert call(analyst, script, texts(2)) == [("a" * 8, "b" * 8)]


# What comes is small, what the server would make of it is not. Name, declared, script.
GROWING = [
    (
        "an array of bits",
        "a bool[]",
        """
bits = zeros(pyarrow.bool_(), 60_000_000, 7_500_000)
answer(stream_of(batch_of(lists(bits)))[0])
""",
    ),
    (
        "an array of empty texts",
        "a text[]",
        """
empty = zeros(pyarrow.string(), 6_000_000, 24_000_004, 0)
answer(stream_of(batch_of(lists(empty)))[0])
""",
    ),
    (
        "arrays of bits in many rows",
        "a bool[]",
        """
bits = zeros(pyarrow.bool_(), 60_000_000, 7_500_000)
offsets = range(0, 60_000_001, 1_000_000)
answer(stream_of(batch_of(lists(bits, offsets)))[0], 60)
""",
    ),
    (
        "bits in millions of rows",
        "a bool",
        """
batch = batch_of(zeros(pyarrow.bool_(), 1 << 20, 1 << 17))
answer(stream_of(*[batch] * 64)[0], 64 << 20)
""",
    ),
    (
        "an array of bits for numbers",
        "a numeric[]",
        """
numbers = zeros(pyarrow.int8(), 16_000_000, 16_000_000)
answer(stream_of(batch_of(lists(numbers)))[0])
""",
    ),
    (
        "arrays of arrays of nothing",
        "a batches_wide[]",
        """
fields = [pyarrow.field(f'f{at}', pyarrow.bool_()) for at in range(100)]
bits = zeros(pyarrow.bool_(), 400_000, 50_000)
rows = pyarrow.StructArray.from_arrays([bits] * 100, fields=fields)
answer(stream_of(batch_of(lists(rows)))[0])
""",
    ),
]


@pytest.fixture
def wide(cluster):
    with cluster.connect() as owner:
        fields = ", ".join(f"f{at} bool" for at in range(100))
        owner.execute(f"CREATE TYPE batches_wide AS ({fields})")
    yield
    with cluster.connect() as owner:
        owner.execute("DROP TYPE batches_wide")


@pytest.mark.parametrize(
    ("declared", "script"), [each[1:] for each in GROWING], ids=[each[0] for each in GROWING]
)
def test_what_is_made_counts(analyst, wide, declared, script):
    analyst.execute("SET launchpad.max_result_size = '32MB'")
    start = replies.peak(analyst)
    with pytest.raises(psycopg.Error, match="larger than 33554432 bytes") as caught:
        call(analyst, script, declared)
    assert caught.value.sqlstate == "53400"
    assert "launchpad.max_result_size" in caught.value.diag.message_hint
    assert replies.peak(analyst) - start < 32 + 64


def test_a_row_of_a_gigabyte(connection):
    """Honest, and more than PostgreSQL's rows can be."""
    connection.execute("SET launchpad.max_result_size = '3GB'")
    connection.execute("SET launchpad.memory_limit = '6GB'")
    with pytest.raises(psycopg.Error, match="row 1 of the result takes 1 GB or more") as caught:
        connection.execute(
            "SELECT length(a) FROM execute_external_script('Python', $$import pyarrow\n"
            "half = pyarrow.array(['a' * (550 << 20)])\n"
            "OutputDataSet = pyarrow.table({'a': half, 'b': half})$$) AS t(a text, b text)"
        )
    assert caught.value.sqlstate == "54000"
    assert connection.execute("SELECT 1").fetchall() == [(1,)]


LARGE = {
    "Python": "OutputDataSet = {'t': ['x' * (20 << 20 if 500 <= i < 505 else 1)"
    " for i in range(100_000)]}",
    "R": "OutputDataSet <- data.frame(t = strrep('x', ifelse(1:1e5 %in% 501:505, 20 * 2^20, 1)))",
}


@pytest.mark.parametrize("language", LARGE)
def test_rows_of_very_different_size(connection, language):
    """Five rows of 20 MiB among many of one byte do not end in one batch."""
    rows = connection.execute(
        "SELECT count(*), sum(length(t)) FROM"
        f" execute_external_script('{language}', $${LARGE[language]}$$) AS t(t text)"
    ).fetchall()
    assert rows == [(100_000, 100 * 2**20 + 100_000 - 5)]


def test_many_rows_in_one_large_batch(analyst):
    script = """
values = pyarrow.array(['x' * (40 << 20)] * 2)
answer(stream_of(batch_of(values))[0], 2)
"""
    with pytest.raises(psycopg.Error, match="more than 64 MiB of several rows") as caught:
        call(analyst, script, "a text")
    assert caught.value.sqlstate == "38000"


def resident(connection: psycopg.Connection) -> int:
    """MiB of memory that the backend has now."""
    status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def test_memory_is_the_same_afterwards(analyst):
    """A refused row's memory is given back."""
    analyst.execute("SET launchpad.max_result_size = '64MB'")
    script = "answer(stream_of(batch_of(pyarrow.array(['x' * (50 << 20)])))[0])"
    assert len(call(analyst, script, "a text")[0][0]) == 50 << 20
    before = resident(analyst)
    for _ in range(3):
        call(analyst, script, "a text")
    assert resident(analyst) - before < 32

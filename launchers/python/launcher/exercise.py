"""A job like a request's. The zygote does it, which imports the modules that a request will need; a
process that rehearses does it, which shows the memory that satellites will use; and a satellite does
a small part of it, which shows that it works under the filter."""

import datetime
import decimal
import functools
import io
import linecache
import os

import pyarrow

import reading
import script
import writing

SCRIPT = b"""
import json, math
OutputDataSet = InputDataSet.assign(y=InputDataSet.x * k, n=InputDataSet.i.fillna(0).astype("int64"))
OutputDataSet["g"] = InputDataSet.groupby("s", dropna=False)["x"].transform("sum")
OutputDataSet = OutputDataSet.sort_values("x").reset_index(drop=True)
"""
SMALL = b"OutputDataSet = InputDataSet"
TWO_COLUMNS = pyarrow.schema({"n": pyarrow.int32(), "s": pyarrow.utf8()}).serialize().to_pybytes()
RAISING = b"def f():\n    raise ValueError('exercise')\nf()\n"


def run():
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as pipe:
        with open(write_end, "wb") as source:
            source.write(streams())
        parameters = reading.parameters(pipe)
        frame = reading.frame(pipe, "numpy")
        if len(reading.frame(pipe, "numpy")) != 3:
            raise RuntimeError("the exercise's batches are incomplete")
    namespace = script.Namespace("InputDataSet", "OutputDataSet", frame, parameters)
    namespace.run(SCRIPT)
    sent = writing.send(namespace.result(), "OutputDataSet", b"", io.BytesIO())
    if sent != 3:
        raise RuntimeError(f"the exercise returned {sent} rows")
    writing.send([(1, "a"), (2, None)], "OutputDataSet", TWO_COLUMNS, io.BytesIO())
    try:
        script.Namespace("InputDataSet", "OutputDataSet", None, {}).run(RAISING)
    except script.Raised as raised:
        if "line 2, in f" not in raised.described[2]:
            raise RuntimeError("the exercise's traceback is wrong") from None
    linecache.clearcache()
    run_again()


def run_again():
    """The part that is a satellite's, whose memory is as if all of it had run."""
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as pipe:
        with open(write_end, "wb") as source:
            source.write(small_stream())
        frame = reading.frame(pipe, "numpy")
    namespace = script.Namespace("InputDataSet", "OutputDataSet", frame, {})
    namespace.run(SMALL)
    sent = writing.send(namespace.result(), "OutputDataSet", TWO_COLUMNS, io.BytesIO())
    if sent != 3:
        raise RuntimeError(f"the exercise returned {sent} rows")
    linecache.clearcache()


@functools.cache
def small_stream():
    sink = io.BytesIO()
    stream(sink, rows().select(["i", "s"]).rename_columns(["n", "s"]))
    return sink.getvalue()


@functools.cache
def streams():
    """All that comes through the pipe, made once, by the zygote."""
    sink = io.BytesIO()
    stream(sink, pyarrow.table({"k": [2.0]}))
    stream(sink, rows())
    # In batches, as long inputs come.
    stream(sink, rows().select(["i", "x", "s", "t"]), 2)
    return sink.getvalue()


def rows():
    moment = datetime.datetime(2024, 2, 29, 12, 30)
    return pyarrow.table(
        {
            "i": pyarrow.array([1, None, 3], pyarrow.int32()),
            "x": pyarrow.array([1.5, 2.5, None], pyarrow.float64()),
            "s": pyarrow.array(["a", None, "ü"], pyarrow.utf8()),
            "b": pyarrow.array([True, None, False], pyarrow.bool_()),
            "t": pyarrow.array([moment, None, moment], pyarrow.timestamp("us")),
            "d": pyarrow.array([decimal.Decimal("1.5"), None, decimal.Decimal(2)]),
            "l": pyarrow.array([[1, None], None, []], pyarrow.list_(pyarrow.int32())),
            "c": pyarrow.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}]),
            "v": pyarrow.array([pyarrow.MonthDayNano([0, 1, 1000]), None, None]),
            "z": pyarrow.array([moment, None, moment], pyarrow.timestamp("us", "UTC")),
        }
    )


def stream(sink, table, rows=None):
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)

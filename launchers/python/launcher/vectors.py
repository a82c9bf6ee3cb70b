"""An input of many batches: its columns are put together while they arrive, each in memory of its
own that grows, so that little is left to do when the last one is there. Short inputs, and the
flavours of pandas' types other than "numpy", go the way of `frames.py` alone.
"""

import launchpad_shim
import numpy
import pandas
import pyarrow

import frames
import notes

types = pyarrow.types

# The frame has a block a column then, which is dear where there are many, and pandas warns of more
# than a hundred when a script adds columns.
MOST_NUMBERS = 32

# Bytes of a column before its memory is taken by huge pages: soon, where the unused rest of a few
# columns' last ones does not count; else when it is no more than what was used.
SOON = 512 << 10
LATE = 2 << 20
FEW = 8


def frame(schema, batches):
    """The batches' rows as a DataFrame."""
    small = SOON if len(schema) <= FEW else LATE
    columns = [of_field(field, small) for field in schema]
    for batch in batches:
        for column, array in zip(columns, batch.columns):
            column.append(array)
        # Gone before the next one is read: it gets the same memory.
        del batch, array
    whole = {}
    others = []
    for name, column in zip(schema.names, columns):
        whole[name] = column.whole()
        if not isinstance(column, Numbers):
            others.append(name)
        elif column.rounded:
            notes.digits(name)
    del columns, column
    if others:
        # What Arrow holds becomes pandas' the usual way.
        told = [
            pyarrow.field(name, whole[name].type, metadata=schema.field(name).metadata)
            for name in others
        ]
        rest = pyarrow.table([whole[name] for name in others], pyarrow.schema(told))
        rest = frames.frame(rest, "numpy")
        whole.update((name, rest[name]) for name in others)
    return pandas.DataFrame(whole, copy=False)


def suit(schema):
    """Whether `frame` can do it, and better than all at the end."""
    kinds = [type(of_field(field, LATE)) for field in schema]
    if len(set(schema.names)) < len(kinds) or kinds.count(Numbers) > MOST_NUMBERS:
        return False
    return kinds.count(Chunks) < len(kinds)


def of_field(field, small):
    kind = field.type
    if frames.is_digits(field):
        return Chunks(kind)
    if types.is_integer(kind) or types.is_float32(kind) or types.is_float64(kind):
        return Numbers(small, numpy.dtype(kind.to_pandas_dtype()))
    if types.is_timestamp(kind) or types.is_date32(kind):
        final = pyarrow.array([], kind).to_pandas(date_as_object=False).dtype
        inner = numpy.dtype(f"M8[{numpy.datetime_data(final.base)[0]}]")
        # pandas before 2.0 has nanoseconds alone, which not all moments fit.
        if inner != numpy.dtype("M8[ns]"):
            return Numbers(small, inner, final)
    if types.is_string(kind):
        return Texts(small)
    return Chunks(kind)


class Numbers:
    """Values of a fixed width, moments among them."""

    def __init__(self, small, inner, final=None):
        self.small = small
        self.inner = inner
        self.final = final or inner
        self.memory = launchpad_shim.Memory(small)
        self.rounded = False

    def append(self, array):
        # Where there is NULL, integers become floats, as they do in pandas.
        values = array.to_numpy(zero_copy_only=False)
        if values.dtype != self.inner:
            if values.dtype.kind == "f":
                self.become(values.dtype)
            values = values.astype(self.inner)
        if types.is_int64(array.type) and self.inner.kind == "f" and not self.rounded:
            self.rounded = frames.rounded(array)
        append(self.memory, values)

    def become(self, inner):
        """Changes what is there already, a piece at a time."""
        present = self.values()
        self.rounded = present.dtype == "i8" and frames.rounded(pyarrow.array(present))
        self.inner = self.final = inner
        self.memory = launchpad_shim.Memory(self.small)
        for start in range(0, len(present), 1 << 16):
            append(self.memory, present[start : start + (1 << 16)].astype(inner))

    def values(self):
        if not self.memory.filled:
            # It has no address yet, which NumPy refused until 2.4.
            return numpy.empty(0, self.inner)
        return numpy.asarray(Described(self.memory, self.inner))

    def whole(self):
        self.memory.finish()
        values = self.values()
        if self.final is self.inner:
            return values
        return pandas.array(values.view("i8"), dtype=self.final, copy=False)


class Texts:
    """Texts one after the other and where each ends."""

    def __init__(self, small):
        self.small = small
        self.ends = launchpad_shim.Memory(small)
        self.text = launchpad_shim.Memory(small)
        # A byte for each row once there is a NULL.
        self.valid = None
        self.rows = 0
        append(self.ends, numpy.zeros(1, "i8"))

    def append(self, array):
        rows = len(array)
        _, offsets, text = array.buffers()
        if rows:
            offsets = numpy.frombuffer(offsets, "i4")[array.offset : array.offset + rows + 1]
            first, last = offsets[[0, -1]].tolist()
            # NumPy 1 would keep the sum in 32 bits.
            append(self.ends, offsets[1:].astype("i8") + (self.text.filled - first))
            if last > first:
                self.text.append(text.address + first, last - first)
        if array.null_count and self.valid is None:
            self.valid = launchpad_shim.Memory(self.small)
            append(self.valid, numpy.ones(self.rows, "?"))
        if self.valid is not None:
            append(self.valid, array.is_valid().to_numpy(zero_copy_only=False))
        self.rows += rows

    def whole(self):
        valid = None
        if self.valid is not None:
            bits = numpy.asarray(Described(self.valid, numpy.dtype("u1")))
            valid = pyarrow.py_buffer(numpy.packbits(bits, bitorder="little"))
        return pyarrow.LargeStringArray.from_buffers(
            self.rows, buffer(self.ends), buffer(self.text), valid
        )


class Chunks:
    """Everything else stays as it came, out of its batch, whose memory it would keep."""

    def __init__(self, kind):
        self.kind = kind
        self.arrays = []

    def append(self, array):
        self.arrays.append(pyarrow.concat_arrays([array]))

    def whole(self):
        return pyarrow.chunked_array(self.arrays, type=self.kind)


class Described:
    """Memory as NumPy asks for it."""

    def __init__(self, memory, kind):
        self.memory = memory
        self.__array_interface__ = {
            "version": 3,
            "typestr": kind.str,
            "shape": (memory.filled // kind.itemsize,),
            "data": (memory.address, False),
        }


def append(memory, values):
    memory.append(values.__array_interface__["data"][0], values.nbytes)


def buffer(memory):
    memory.finish()
    if not memory.filled:
        return pyarrow.py_buffer(b"")
    return pyarrow.foreign_buffer(memory.address, memory.filled, memory)

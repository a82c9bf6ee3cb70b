"""Inputs of many batches: the frame is what one batch would have made."""

import datetime
import unittest

import pandas
import pyarrow as pa

import launchpad

MIB = 1 << 20

MOMENT = datetime.datetime(1066, 10, 14, 9, 30, 0, 1)

# Three rows of each type that the backend sends.
VALUES = [
    (pa.int16(), [1, -2, 3]),
    (pa.int32(), [1, -2, 3]),
    (pa.int64(), [1, -2, (1 << 53) + 1]),
    (pa.uint32(), [1, 2, (1 << 32) - 1]),
    (pa.float32(), [1.5, float("nan"), float("inf")]),
    (pa.float64(), [1.5, float("nan"), float("-inf")]),
    (pa.bool_(), [True, False, True]),
    (pa.utf8(), ["", "ü", "x" * 100]),
    (pa.binary(), [b"", b"\0", b"x" * 100]),
    (pa.date32(), [datetime.date(1, 1, 1), datetime.date(2024, 2, 29), datetime.date.max]),
    (pa.timestamp("us"), [MOMENT, datetime.datetime.min, datetime.datetime.max]),
    (pa.timestamp("us", "UTC"), [MOMENT, datetime.datetime(1, 1, 2), MOMENT]),
    (pa.time64("us"), [datetime.time(1, 2, 3, 4)] * 3),
    (pa.decimal128(5, 2), [1, 2, 3]),
    (pa.month_day_nano_interval(), [(0, 1, 1000), (0, 2, 0), (0, 0, 0)]),
    (pa.list_(pa.int32()), [[1, 2], [], [None]]),
    (pa.struct([("a", pa.int32())]), [{"a": 1}, {"a": None}, {"a": 3}]),
]

TOLD = """
for name in InputDataSet:
    column = InputDataSet[name]
    print(name, column.dtype, type(column.array).__name__, column.tolist())
print(InputDataSet.columns, InputDataSet.index)
OutputDataSet = InputDataSet
"""


def call(script, **options):
    return launchpad.shared().call(script, **options)


def batches(*parts):
    """Each part, a dict of arrays, as a batch of its own."""
    return pa.Table.from_batches([pa.record_batch(part) for part in parts])


class Frames(unittest.TestCase):
    def assert_as_one_batch(self, rows, **options):
        self.assertGreater(rows.column(0).num_chunks, 1)
        one, many = (call(TOLD, rows=r, **options) for r in (rows.combine_chunks(), rows))
        self.assertEqual(many.stderr, one.stderr)
        self.assertEqual(many.stdout, one.stdout)
        sent, wanted = many.output.combine_chunks(), one.output.combine_chunks()
        self.assertEqual(str(sent), str(wanted))
        return many

    def test_types(self):
        for flavour in ("numpy", "nullable", "pyarrow"):
            parts = [
                {f"c{n}": pa.array(values[a:b], kind) for n, (kind, values) in enumerate(VALUES)}
                for a, b in ((0, 2), (2, 2), (2, 3))
            ]
            with self.subTest(flavour):
                self.assert_as_one_batch(batches(*parts), frame_types=flavour)

    def test_nulls_that_come_late(self):
        for kind, values in VALUES:
            given = [{"c": pa.array(part, kind)} for part in (values, [None, values[0]], values)]
            with self.subTest(kind):
                got = self.assert_as_one_batch(batches(*given))
                if pa.types.is_integer(kind):
                    self.assertIn("c float64", got.stdout)
                self.assert_as_one_batch(batches(given[1], given[0]))

    def test_nothing_but_nulls(self):
        for kind, _ in VALUES:
            with self.subTest(kind):
                part = {"c": pa.nulls(2, kind)}
                self.assert_as_one_batch(batches(part, part))

    def test_no_rows(self):
        part = {f"c{n}": pa.array([], kind) for n, (kind, _) in enumerate(VALUES)}
        self.assert_as_one_batch(batches(part, part))

    def test_long_columns(self):
        """Through every size of the memory that they grow in."""
        whole = pa.table(
            {
                "i": pa.array(range(700_000)),
                "n": pa.array([None if i > 600_000 else i for i in range(700_000)], pa.int32()),
                "s": pa.array([None if i > 650_000 else f"row {i}" for i in range(700_000)]),
            }
        )
        parts = pa.Table.from_batches(whole.to_batches(max_chunksize=9_999))
        got = call("OutputDataSet = InputDataSet", rows=parts)
        self.assertEqual(got.message, ("done", 700_000))
        self.assertTrue(got.output["i"].equals(whole["i"]))
        self.assertEqual(got.output["n"][600_000].as_py(), 600_000)
        self.assertNotEqual(got.output["n"][600_001].as_py(), 600_001)
        self.assertTrue(got.output["s"].cast(pa.utf8()).equals(whole["s"]))

    def test_parts_of_arrays(self):
        text = pa.array(["zero", "one", None, "three", "four"])
        bits = pa.array([True, None, False, True, None])
        parts = [
            {"s": text[a:b], "b": bits[a:b], "i": pa.array([4, 5, None, 7, 8])[a:b]}
            for a, b in ((1, 3), (3, 5), (0, 0), (2, 4))
        ]
        self.assert_as_one_batch(batches(*parts))


class Use(unittest.TestCase):
    def rows(self, columns=2):
        part = {f"c{n}": pa.array([1.5 + n, 2.5]) for n in range(columns)}
        return batches(part, part)

    def test_changes_in_place(self):
        # A slice is a view before pandas 3.
        copy = ".copy()" if int(pandas.__version__.split(".")[0]) < 3 else ""
        script = f"""
InputDataSet.loc[0, 'c0'] = 9
InputDataSet['c1'] += 1
InputDataSet.iloc[3, 1] = None
InputDataSet['n'] = [1, 2, 3, 4]
other = InputDataSet.copy(); other.loc[:, :] = 0
half = InputDataSet[::2]{copy}; half.loc[0, 'c0'] = 5
del InputDataSet['n']
OutputDataSet = InputDataSet
"""
        got = call(script, rows=self.rows())
        if not pandas.__version__.startswith("1."):
            self.assertEqual(got.stderr, "")
        nan = str(float("nan"))
        self.assertEqual(
            str(got.output.to_pydict()),
            f"{{'c0': [9.0, 2.5, 1.5, 2.5], 'c1': [3.5, 3.5, 3.5, {nan}]}}",
        )

    def test_views_that_are_returned(self):
        for made, expected in [
            ("InputDataSet[::2]", {"c0": [1.5, 1.5], "c1": [2.5, 2.5]}),
            ("InputDataSet[['c1']]", {"c1": [2.5, 2.5, 2.5, 2.5]}),
            ("InputDataSet[:2].T", {"0": [1.5, 2.5], "1": [2.5, 2.5]}),
            (
                "{'a': InputDataSet.c0, 'b': InputDataSet.c0}",
                {"a": [1.5, 2.5] * 2, "b": [1.5, 2.5] * 2},
            ),
        ]:
            with self.subTest(made):
                got = call(f"OutputDataSet = {made}\ndel InputDataSet", rows=self.rows())
                self.assertEqual(got.output.to_pydict(), expected)

    def test_memory_outlives_the_frame(self):
        script = "a = InputDataSet.c0.to_numpy(); del InputDataSet; OutputDataSet = {'a': a}"
        self.assertEqual(call(script, rows=self.rows()).output["a"].to_pylist(), [1.5, 2.5] * 2)

    def test_wide_frames_warn_of_nothing(self):
        script = "for n in range(60): InputDataSet[f'n{n}'] = n\nOutputDataSet = InputDataSet"
        for columns in (30, 200):
            # A frame of one block takes a hundred more.
            got = call(script, rows=self.rows(columns))
            self.assertEqual((got.stderr, got.output.num_columns), ("", columns + 60))


class Memory(unittest.TestCase):
    def call(self, memory):
        part = {"x": pa.array([0.5]).take(pa.array([0] * 131_072))}
        return call(
            "OutputDataSet = {'n': [len(InputDataSet)], 's': [InputDataSet.x.sum()]}",
            rows=batches(*[part] * 300),
            memory=memory * MIB,
        )

    def test_growing_needs_no_more_than_the_rows(self):
        """300 MiB of numbers; the sum needs as much again and a mask."""
        got = self.call(800)
        self.assertEqual(got.message, ("done", 1), got.stderr)
        self.assertEqual(got.output["s"].to_pylist(), [150 * 131_072.0])

    def test_too_many_rows(self):
        got = self.call(250)
        self.assertEqual(got.message[:2], ("raised", "MemoryError"))


if __name__ == "__main__":
    unittest.main()

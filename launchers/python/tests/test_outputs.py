"""What a script may return, and what becomes of it in Arrow."""

import decimal
import importlib.util
import unittest

import pyarrow as pa

import launchpad


def call(script, **options):
    return launchpad.shared().call(script, **options)


def returned(expression, wanted=None):
    script = f"import datetime, decimal, uuid, pyarrow\nOutputDataSet = {expression}"
    got = call(script, wanted=wanted)
    if got.message[0] != "done":
        return got.message
    assert got.message[1] == got.output.num_rows
    return got.output


def values(column):
    """As the backend reads them: NaN is NULL."""
    return [None if str(value) == "nan" else value for value in column.to_pylist()]


class Shapes(unittest.TestCase):
    def assert_columns(self, expression, expected):
        got = returned(expression)
        self.assertIsInstance(got, pa.Table, got)
        columns = {name: values(got[name]) for name in got.column_names}
        self.assertEqual(columns, expected, expression)

    def test_tables(self):
        for expression, expected in [
            ("pandas.DataFrame({'a': [1, 2]}, index=['x', 'y'])", {"a": [1, 2]}),
            ("pandas.DataFrame({1: [1], 'b': ['x']})", {"1": [1], "b": ["x"]}),
            ("pandas.Series([1.5, None], name='s')", {"s": [1.5, None]}),
            ("pandas.Series([1])", {"column1": [1]}),
            ("{'a': [1, 2], 'b': ('x', None)}", {"a": [1, 2], "b": ["x", None]}),
            ("{'a': numpy.arange(2)}", {"a": [0, 1]}),
            ("[{'a': 1}, {'a': 2, 'b': 'x'}]", {"a": [1, 2], "b": [None, "x"]}),
            ("[(1, 'x'), [2, 'y']]", {"column1": [1, 2], "column2": ["x", "y"]}),
            ("pyarrow.table({'a': [1.0, float('nan')]})", {"a": [1.0, None]}),
            ("pyarrow.record_batch({'a': [1]})", {"a": [1]}),
            ("pandas.DataFrame({'a': []})", {"a": []}),
        ]:
            with self.subTest(expression):
                self.assert_columns(expression, expected)

    @unittest.skipUnless(importlib.util.find_spec("polars"), "polars is not installed")
    def test_polars(self):
        for made in ("f", "f.lazy()"):
            script = f"import polars\nf = polars.DataFrame({{'a': [1], 'b': ['x']}})\nOutputDataSet = {made}"
            self.assertEqual(call(script).output.to_pydict(), {"a": [1], "b": ["x"]})
        script = "import polars\nOutputDataSet = polars.Series('a', ['x', None])"
        self.assertEqual(call(script).output.to_pydict(), {"column1": ["x", None]})

    def test_views_and_large_types(self):
        for kind, sent in [
            ("string_view", pa.utf8()),
            ("large_string", pa.large_utf8()),
            ("string", pa.utf8()),
            ("large_binary", pa.large_binary()),
        ]:
            got = returned(f"pyarrow.table({{'a': pyarrow.array(['x'], pyarrow.{kind}())}})")
            self.assertEqual(got.schema.field(0).type, sent)
        got = returned(
            "pyarrow.table({'a': pyarrow.array([['x']], pyarrow.large_list(pyarrow.large_string()))})"
        )
        self.assertEqual(got.schema.field(0).type, pa.list_(pa.utf8()))

    def test_duplicate_labels(self):
        got = returned("pandas.DataFrame([[1, 2]], columns=['a', 'a'])")
        self.assertEqual(got.column_names, ["a", "a"])
        self.assertEqual([column.to_pylist() for column in got.columns], [[1], [2]])

    def test_no_tables(self):
        for expression, part in [
            ("pandas", '"OutputDataSet" is of type module'),
            ("None", "NoneType"),
            ("[1, (2,)]", "list of int and of rows"),
            ("numpy.zeros((2, 2, 2))", "array of 3 dimensions"),
            ("{'a': 1}", 'column "a" is of type int'),
            ("{'a': [1], 'b': [1, 2]}", "differ in length"),
            ("[(1,), (1, 2)]", "differ in width"),
            ("pandas.DataFrame({'x': ['a', 1]})", 'column "x" mixes int and str'),
            ("pandas.DataFrame({'x': [object()]})", "values of type object"),
            ("pandas.DataFrame({'x': [1j]})", 'column "x"'),
        ]:
            with self.subTest(expression):
                got = returned(expression)
                self.assertEqual(got[0], "result", got)
                self.assertIn(part, got[1])

    def test_never_assigned(self):
        self.assertEqual(call("x = 1").message, ("done", None))
        self.assertEqual(call("del OutputDataSet").message, ("done", None))
        got = call("OutputDataSet['a'] = [1, 2]")
        self.assertEqual(got.output.to_pydict(), {"a": [1, 2]})

    def test_many_rows_come_in_small_batches(self):
        got = returned("pandas.DataFrame({'a': numpy.arange(300000), 's': ['x' * 100] * 300000})")
        sizes = {len(chunk) for chunk in got.column(0).chunks}
        self.assertEqual(got.num_rows, 300_000)
        self.assertLess(max(sizes), 20_000)


class Values(unittest.TestCase):
    def assert_column(self, made, kind, expected, wanted=None):
        schema = pa.schema([("x", wanted)]) if wanted is not None else None
        got = returned(f"pandas.DataFrame({{'x': {made}}})", schema)
        self.assertIsInstance(got, pa.Table, got)
        # Which offsets text has is nobody's business.
        sent = got.schema.field(0).type
        self.assertEqual(pa.utf8() if sent == pa.large_utf8() else sent, kind)
        self.assertEqual(values(got.column(0)), expected)

    def test_missing_values(self):
        self.assert_column("[1.5, numpy.nan, numpy.inf]", pa.float64(), [1.5, None, float("inf")])
        self.assert_column("pandas.array([1, None])", pa.int64(), [1, None])
        self.assert_column("['a', None, numpy.nan, pandas.NA]", pa.utf8(), ["a", None, None, None])
        mixed = "pandas.Series([True, None, pandas.NA], dtype=object)"
        self.assert_column(mixed, pa.bool_(), [True, None, None])
        self.assert_column("[pandas.NaT, None]", pa.timestamp("us"), [None, None])
        self.assert_column("pandas.Series([None, None], dtype=object)", pa.utf8(), [None, None])
        nothing = "pandas.Series([None, None], dtype=object)"
        self.assert_column(nothing, pa.int32(), [None, None], wanted=pa.int32())

    def test_missing_values_towards_a_type_without_nan(self):
        self.assert_column("[1.0, numpy.nan]", pa.uint32(), [1, None], wanted=pa.uint32())
        narrow = "numpy.array([1.5, numpy.nan], 'f4')"
        self.assert_column(narrow, pa.float64(), [1.5, None], wanted=pa.float64())

    def test_objects(self):
        objects = "pandas.Series([%s], dtype=object)"
        for made, kind, expected in [
            ("'a', None, numpy.nan, pandas.NA, pandas.NaT", pa.utf8(), ["a"] + 4 * [None]),
            (r"'a\ud800'", pa.utf8(), ["a\\ud800"]),
            ("b'x', bytearray(b'y'), None", pa.binary(), [b"x", b"y", None]),
            ("1, None, numpy.int16(2)", pa.int64(), [1, None, 2]),
            ("1, numpy.float32('nan')", pa.int64(), [1, None]),
            ("1 << 70, 1", pa.utf8(), [str(1 << 70), "1"]),
            ("1, 2.5", pa.float64(), [1, 2.5]),
            ("numpy.float32(0.5), None", pa.float64(), [0.5, None]),
            ("True, numpy.bool_(False)", pa.bool_(), [True, False]),
        ]:
            with self.subTest(made):
                self.assert_column(objects % made, kind, expected)

    def test_views_of_other_memory(self):
        frame = "pandas.DataFrame({'a': [1.5, 2.5, 3.5], 'b': [4.5, 5.5, 6.5]})"
        for made, expected in [
            (f"{frame}[::2]", {"a": [1.5, 3.5], "b": [4.5, 6.5]}),
            (f"{frame}[::-1]", {"a": [3.5, 2.5, 1.5], "b": [6.5, 5.5, 4.5]}),
            (f"{frame}.T", {"0": [1.5, 4.5], "1": [2.5, 5.5], "2": [3.5, 6.5]}),
            (f"{frame}.to_numpy()[:, 1]", {"column1": [4.5, 5.5, 6.5]}),
            (f"pandas.Series({frame}.to_numpy()[:, 1])", {"column1": [4.5, 5.5, 6.5]}),
            ("(lambda s: {'a': s, 'b': s})(pandas.Series([1, 2]))", {"a": [1, 2], "b": [1, 2]}),
            (
                "pandas.DataFrame(numpy.broadcast_to([1, 2], (2, 2)))",
                {"0": [1, 1], "1": [2, 2]},
            ),
            (
                "{'a': pandas.array([1.5, None], 'Float64'), 'b': pandas.array([1, None], 'int64[pyarrow]')}",
                {"a": [1.5, None], "b": [1, None]},
            ),
        ]:
            with self.subTest(made):
                got = returned(made)
                columns = {name: values(got[name]) for name in got.column_names}
                self.assertEqual(columns, expected)

    def test_types_by_nature(self):
        self.assert_column("pandas.Categorical(['b', None, 'a'])", pa.utf8(), ["b", None, "a"])
        self.assert_column("pandas.Categorical([2, 1])", pa.int64(), [2, 1])
        self.assert_column("[b'x', bytearray(b'y')]", pa.binary(), [b"x", b"y"])
        got = returned("{'x': [datetime.date(2024, 1, 2)], 'u': [uuid.UUID(int=1)]}")
        self.assertEqual(got.schema.field(0).type, pa.date32())
        self.assertEqual(got["u"].to_pylist(), ["00000000-0000-0000-0000-000000000001"])
        got = returned("{'x': [decimal.Decimal('1.50'), 2]}")
        self.assertEqual(got["x"].to_pylist(), [decimal.Decimal("1.50"), decimal.Decimal("2.00")])
        stamps = "pandas.to_datetime(['2024-01-02 03:04:05.123456789']).astype('datetime64[ns]')"
        got = returned(f"pandas.DataFrame({{'x': {stamps}}})")
        self.assertEqual(got.schema.field(0).type, pa.timestamp("us"))
        zoned = "pandas.to_datetime(['2024-01-02']).tz_localize('Europe/Berlin')"
        got = returned(f"pandas.DataFrame({{'x': {zoned}}})")
        self.assertEqual(got.schema.field(0).type, pa.timestamp("us", "UTC"))
        self.assertEqual(got["x"][0].as_py().hour, 23)
        self.assert_column(
            "pandas.period_range('2024-01', periods=1, freq='M')", pa.utf8(), ["2024-01"]
        )
        self.assert_column("[[1, 2], None]", pa.list_(pa.int64()), [[1, 2], None])

    def test_towards_the_wanted_type(self):
        self.assert_column("[1, 2]", pa.int32(), [1, 2], wanted=pa.int32())
        self.assert_column("[1, 1 << 40]", pa.int64(), [1, 1 << 40], wanted=pa.int32())
        self.assert_column("[1, 2]", pa.float64(), [1.0, 2.0], wanted=pa.float64())
        self.assert_column("[1.5]", pa.float64(), [1.5], wanted=pa.int32())
        day = "pandas.to_datetime(['2024-01-02'])"
        got = returned(f"pandas.DataFrame({{'x': {day}}})", pa.schema([("x", pa.date32())]))
        self.assertEqual(got.schema.field(0).type, pa.date32())
        self.assert_column("[{'a': 1}]", pa.utf8(), ['{"a": 1}'], wanted=pa.utf8())
        got = returned("{'a': [1], 'b': [2]}", pa.schema([("a", pa.int32())]))
        self.assertEqual(got.num_columns, 2)


if __name__ == "__main__":
    unittest.main()

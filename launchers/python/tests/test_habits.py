"""What people write, and what they expect of it: whichever shape or type it has, a value comes back as
it is, as the text that people know, or as an error that names it."""

import unittest

import pyarrow as pa

import launchpad

IMPORTS = """
import collections, datetime, decimal, enum, pathlib, uuid, pyarrow
from datetime import date, time, timedelta, timezone
moment, utc = datetime.datetime(2024, 1, 1, 12), timezone.utc
aware = moment.replace(tzinfo=utc)
two = timezone(timedelta(hours=2))
def extension(kind, storage): return pyarrow.ExtensionArray.from_storage(kind, storage)
"""
LOCAL = pa.timestamp("us")
ZONED = pa.timestamp("us", "UTC")
ZONE = "America/New_York"


def call(expression, wanted=None, names=("x",), zone="UTC"):
    """The outcome; `wanted`: the declared columns' types."""
    declared = wanted and pa.schema(list(zip(names, wanted)))
    script = f"{IMPORTS}OutputDataSet = {expression}"
    return launchpad.shared().call(script, wanted=declared, time_zone=zone)


class Values(unittest.TestCase):
    def assert_values(self, expression, kind, expected, wanted=None, zone="UTC"):
        with self.subTest(expression, wanted=wanted):
            got = call(f"{{'x': {expression}}}", wanted and [wanted], zone=zone)
            self.assertEqual(got.message[0], "done", got.message)
            column = got.output.column(0)
            self.assertEqual(str(column.type).removeprefix("large_"), str(kind))
            self.assertEqual([str(value) for value in column.to_pylist()], list(map(str, expected)))

    def test_moments_with_and_without_a_zone(self):
        walls = ["2024-01-01 12:00:00", "2024-01-01 07:00:00"]
        texts = ["2024-01-01 12:00:00.000000", "2024-01-01 12:00:00.000000+00:00"]
        for mixed in (
            "[moment, aware]",
            "numpy.array([moment, aware])",
            "pandas.Series([pandas.Timestamp(moment), pandas.Timestamp(aware)], dtype=object)",
            "[numpy.datetime64(moment), aware]",
        ):
            self.assert_values(mixed, LOCAL, walls, LOCAL, ZONE)
            # PostgreSQL reads what is without in the session's zone.
            self.assert_values(mixed, "string", texts, ZONED, ZONE)
            moments = ["2024-01-01 17:00:00+00:00", "2024-01-01 12:00:00+00:00"]
            self.assert_values(mixed, "timestamp[us, tz=UTC]", moments, None, ZONE)
        self.assert_values("[aware, moment]", "string", texts[::-1], ZONED, ZONE)
        self.assert_values("[aware, moment]", "date32[day]", ["2024-01-01"] * 2, pa.date32())
        self.assert_values(
            "[aware, moment.replace(tzinfo=two)]",
            ZONED,
            ["2024-01-01 12:00:00+00:00", "2024-01-01 10:00:00+00:00"],
            ZONED,
            ZONE,
        )
        self.assert_values(
            "[[moment, aware], None]", "list<item: string>", [texts, None], pa.list_(ZONED), ZONE
        )

    def test_what_a_wall_clock_means_when_it_is_changed(self):
        # As PostgreSQL has it: by standard time.
        for wall, moment in [
            ("2024, 11, 3, 1, 30", "2024-11-03 06:30:00+00:00"),
            ("2024, 3, 10, 2, 30", "2024-03-10 07:30:00+00:00"),
        ]:
            both = [moment, "2024-01-01 12:00:00+00:00"]
            made = f"[datetime.datetime({wall}), aware]"
            self.assert_values(made, "timestamp[us, tz=UTC]", both, None, ZONE)

    def test_times_with_an_offset(self):
        texts = ["12:00:00+02:00", "01:00:00"]
        for wanted in (None, pa.utf8(), pa.time64("us")):
            self.assert_values("[time(12, tzinfo=two), time(1)]", "string", texts, wanted)
        self.assert_values("[time(12, tzinfo=utc)]", "string", ["12:00:00+00:00"])
        self.assert_values("[time(12)]", "time64[us]", ["12:00:00"])

    def test_not_what_values_are_stored_as(self):
        months = ["2024-01", "2024-02"]
        periods = "pandas.period_range('2024-01', periods=2, freq='M')"
        spans = ["(0, 1]", "(1, 2]"]
        for made in (periods, f"{periods}.array", f"list({periods})", f"pandas.Series({periods})"):
            self.assert_values(made, "string", months, pa.utf8())
        for made in ("pandas.interval_range(0, 2)", "pandas.interval_range(0, 2).array"):
            self.assert_values(made, "string", spans)
        self.assert_values("pandas.cut([0.5, 1.5], [0, 1, 2])", "string", spans)
        self.assert_values(
            "extension(pyarrow.bool8(), pyarrow.array([0, 2, None], 'int8'))",
            "bool",
            [False, True, None],
        )
        self.assert_values(
            "extension(pyarrow.uuid(), pyarrow.array([bytes(16)], pyarrow.binary(16)))",
            "string",
            ["00000000-0000-0000-0000-000000000000"],
        )
        for made, told in [
            (
                "extension(pyarrow.opaque(pyarrow.int32(), 'thing', 'v'), pyarrow.array([1], 'int32'))",
                '"arrow.opaque"',
            ),
            ("numpy.array([1j])", "complex128"),
            ("[pathlib.Path('x')]", "values of type PosixPath; astype(str) makes text of them"),
            ("['a', 1]", "mixes int and str; astype(str) makes text of all"),
        ]:
            with self.subTest(made):
                kind, message = call(f"{{'x': {made}}}").message
                self.assertEqual(kind, "result")
                self.assertIn(told, message)
        field = "pyarrow.field('a', pyarrow.int64(), metadata={'ARROW:extension:name': 'geo'})"
        message = call(f"pyarrow.table([[1]], schema=pyarrow.schema([{field}]))").message
        self.assertIn('"geo"', message[1])

    def test_documents(self):
        for made, text in [
            (
                "{'a': float('nan'), 'b': [float('inf'), -numpy.inf, numpy.nan, None, pandas.NaT]}",
                '{"a": null, "b": ["Infinity", "-Infinity", null, null, null]}',
            ),
            (
                "{'s': {1}, 'f': frozenset({'x'}), 'r': range(2), 't': (1, 2)}",
                '{"s": [1], "f": ["x"], "r": [0, 1], "t": [1, 2]}',
            ),
            (
                "{'b': b'ab', 'd': decimal.Decimal('1.50'), 'u': uuid.UUID(int=0)}",
                '{"b": "\\\\x6162", "d": 1.50, "u": "00000000-0000-0000-0000-000000000000"}',
            ),
            (
                "{'s': pandas.Series([1.5, None]), 'n': numpy.arange(2), 'i': numpy.int8(3)}",
                '{"s": [1.5, null], "n": [0, 1], "i": 3}',
            ),
            (
                "{numpy.int64(3): 1, 2: 2, True: 3, None: 4, numpy.str_('k'): 5}",
                '{"3": 1, "2": 2, "true": 3, "null": 4, "k": 5}',
            ),
            (
                "{'t': moment, 'd': date(2024, 1, 1), 'p': pandas.Period('2024-01')}",
                '{"t": "2024-01-01T12:00:00", "d": "2024-01-01", "p": "2024-01"}',
            ),
            ("collections.OrderedDict(a=collections.Counter('xx'))", '{"a": {"x": 2}}'),
            ("{'e': enum.IntEnum('E', 'a')(1), 's': 'ü\\ud800'}", '{"e": 1, "s": "ü\\\\ud800"}'),
        ]:
            self.assert_values(f"[{made}, None]", "string", [text, None], pa.utf8())
            self.assert_values(f"[[{made}]]", "string", [f"[{text}]"], pa.utf8())
        for made, told in [
            ("{'a': pathlib.Path('x')}", "PosixPath"),
            ("{(1, 2): 3}", "a key of type tuple"),
            ("{'a': 'x\\0'}", "a NUL character"),
            ("(lambda one: one.append(one) or {'a': one})([])", "more than 100 levels"),
            ("{'a': eval('[' * 101 + ']' * 101)}", "more than 100 levels"),
        ]:
            with self.subTest(made):
                kind, message = call(f"{{'x': [{made}]}}", [pa.utf8()]).message
                self.assertEqual(kind, "result")
                self.assertIn('column "x"', message)
                self.assertIn(told, message)
        # As deep as may be, and as many beside each other as one likes.
        self.assert_values(
            "[{'a': eval('[' * 99 + ']' * 99), 'b': [[]] * 200}]",
            "string",
            ['{"a": ' + "[" * 99 + "]" * 99 + ', "b": [' + ", ".join(["[]"] * 200) + "]}"],
            pa.utf8(),
        )

    def test_nested_arrow_for_documents(self):
        for made, text in [
            ("pyarrow.array([{'a': 1, 'b': [1.5, None]}])", '{"a": 1, "b": [1.5, null]}'),
            ("pyarrow.array([[1, 2]])", "[1, 2]"),
            (
                "pyarrow.array([[('k', 1)]], pyarrow.map_(pyarrow.utf8(), pyarrow.int8()))",
                '{"k": 1}',
            ),
            (
                "pyarrow.array([[], [('k', [1])]], pyarrow.map_(pyarrow.utf8(), pyarrow.list_(pyarrow.int8())))[1:]",
                '{"k": [1]}',
            ),
        ]:
            self.assert_values(made, "string", [text], pa.utf8())

    def test_nothing_fits_every_type(self):
        nothings = (
            "[None, float('nan')]",
            "numpy.array([numpy.nan, numpy.nan])",
            "pandas.array([None, None], 'Int64')",
            "pandas.array([None, None], 'string')",
            "pandas.Series([None, None], dtype='category')",
            "pandas.to_datetime([None, None])",
            "pyarrow.nulls(2, pyarrow.int64())",
        )
        for wanted in (
            pa.date32(),
            pa.list_(pa.int32()),
            pa.struct([("a", pa.int32())]),
            pa.binary(),
        ):
            for made in nothings:
                self.assert_values(made, wanted, [None, None], wanted)
            self.assert_values("pandas.Series([], dtype=float)", wanted, [], wanted)

    def test_types_of_numpy(self):
        for made, kind, expected in [
            ("numpy.array([1, 2], '>i4')", "int32", [1, 2]),
            ("numpy.array([1.5], numpy.longdouble)", "double", [1.5]),
            ("numpy.array([1.5], numpy.float16)", "float", [1.5]),
            ("numpy.ma.array([2**62 + 1, 2], mask=[0, 1])", "int64", [2**62 + 1, None]),
            ("numpy.array([b'a'])", "binary", [b"a"]),
            ("numpy.arange(2).reshape(2, 1)", "int64", [0, 1]),
            ("[pyarrow.scalar(1), None]", "int64", [1, None]),
        ]:
            self.assert_values(made, kind, expected)


class Shapes(unittest.TestCase):
    def assert_rows(self, expression, expected, wanted=None):
        with self.subTest(expression):
            got = call(expression, wanted, names="abcdef")
            self.assertEqual(got.message[0], "done", got.message)
            rows = [tuple(row.values()) for row in got.output.to_pylist()]
            self.assertEqual(rows, expected)

    def test_no_rows_and_no_columns(self):
        for made in (
            *("[]", "{}", "()", "pandas.DataFrame()", "pandas.DataFrame([])", "numpy.array([])"),
            *("numpy.zeros((0, 0))", "pyarrow.table({})"),
        ):
            with self.subTest(made):
                got = call(made, [pa.int32(), pa.utf8()], names="ab")
                self.assertEqual(got.message, ("done", 0))
                self.assertEqual(got.output.schema.types, [pa.int32(), pa.utf8()])
        # Rows without columns are another thing.
        got = call("pandas.DataFrame(index=[1, 2])", [pa.int32()])
        self.assertEqual(got.output.num_columns, 0)

    def test_arrays_and_values(self):
        for made, expected in [
            ("numpy.arange(2)", [(0,), (1,)]),
            ("numpy.arange(4).reshape(2, 2)", [(0, 1), (2, 3)]),
            ("numpy.matrix([[1, 2]])", [(1, 2)]),
            ("numpy.array([[1, 'a']], dtype=object)", [(1, "a")]),
            ("numpy.array([(1, 'a')], dtype=[('i', 'i4'), ('s', 'U3')])", [(1, "a")]),
            ("numpy.array(5)", [(5,)]),
            ("numpy.float64(1.5)", [(1.5,)]),
            ("[1, None, 3]", [(1,), (None,), (3,)]),
            ("('a', 'b')", [("a",), ("b",)]),
            ("pandas.Index(['a'])", [("a",)]),
            *((made, [(eval(made),)]) for made in ("5", "True", "'x'", "b'ab'", "1.5")),
        ]:
            self.assert_rows(made, expected)
        self.assert_rows("numpy.ones((2, 3))", [([1.0, 1.0, 1.0],)] * 2, [pa.list_(pa.float64())])

    def test_what_offers_arrow(self):
        self.assert_rows("pyarrow.table({'a': [1], 'b': ['x']}).to_reader()", [(1, "x")])
        offers = "type('Offer', (), {'__arrow_c_stream__': lambda self, schema=None: pyarrow.table({'a': [1]}).__arrow_c_stream__(schema)})()"
        self.assert_rows(offers, [(1,)])
        offers = "type('Offer', (), {'__arrow_c_stream__': lambda self, schema=None: pyarrow.chunked_array([[1, 2]]).__arrow_c_stream__(schema)})()"
        self.assert_rows(offers, [(1,), (2,)])
        offers = "type('Offer', (), {'__arrow_c_array__': lambda self, schema=None: pyarrow.record_batch({'a': [1]}).__arrow_c_array__(schema)})()"
        self.assert_rows(offers, [(1,)])


class Notes(unittest.TestCase):
    def assert_note(self, script, note, wanted=None):
        with self.subTest(script):
            declared = pa.schema(list(zip("ab", wanted or [pa.int32()])))
            got = launchpad.shared().call(script, wanted=declared)
            self.assertEqual(got.message[0], "done", got.message)
            self.assertEqual(got.stderr, note and note + "\n")

    def test_columns_in_another_order(self):
        pair = (pa.int64(), pa.int64())
        told = (
            'the columns of "OutputDataSet" are {}, declared are a, b; they are matched by position'
        )
        self.assert_note("OutputDataSet = {'b': [1], 'a': [2]}", told.format("b, a"), pair)
        self.assert_note("OutputDataSet = {'B': [1], 'A': [2]}", told.format("B, A"), pair)
        self.assert_note("OutputDataSet = {'A': [1], 'B': [2]}", "", pair)
        self.assert_note("OutputDataSet = {'b': [1], 'c': [2]}", "", pair)

    def test_an_index_that_is_lost(self):
        frame = "OutputDataSet = pandas.DataFrame({'k': ['x', 'y'], 'a': [2, 3]})"
        told = 'the index of "OutputDataSet"{} is not returned; reset_index() makes columns of it'
        for rest, note in [
            (".groupby('k').sum()", told.format(" (k)")),
            (".groupby('k').a.sum()", told.format(" (k)")),
            (".set_index('k', drop=False)[['k']]", ""),
            ("[['a']].describe()", told.format("")),
            ("[['a']].query('a > 2')", ""),
            ("[['a']].iloc[:0].set_index('a', drop=False)", ""),
        ]:
            self.assert_note(frame + rest, note)

    def test_an_output_that_is_never_assigned(self):
        told = '"OutputDataSet" was never assigned{}; the result has no rows'
        self.assert_note("pass", told.format(""))
        self.assert_note("outputdataset = 1", told.format(', "outputdataset" was'))
        self.assertEqual(launchpad.shared().call("pass").stderr, "")

    def test_integers_that_lose_digits(self):
        told = (
            'column "x" has integers beyond 2^53 beside NULL, which lost digits as float64;'
            " launchpad.python_types = nullable keeps them\n"
        )
        large = 2**53 + 1
        many = [large] * 70_000
        for values, flavour, note in [
            ([large, None], "numpy", told),
            ([-large, None], "numpy", told),
            ([large, None], "nullable", ""),
            ([large, 1], "numpy", ""),
            ([2**53, None], "numpy", ""),
            ([None, None], "numpy", ""),
            ([*many, *many, None], "numpy", told),
            ([None, *many, *many], "numpy", told),
            ([*many, *many], "numpy", ""),
        ]:
            with self.subTest(values=values[-3:], flavour=flavour):
                rows = pa.table({"x": pa.array(values, pa.int64())})
                rows = pa.Table.from_batches(rows.to_batches(max_chunksize=50_000))
                got = launchpad.shared().call("pass", rows=rows, frame_types=flavour)
                self.assertEqual(got.stderr, note)

    def test_a_zone_that_is_not_there(self):
        got = launchpad.shared().call("import time; print(time.tzname[0])", time_zone="<+03>-03")
        self.assertEqual(got.stdout, "UTC\n")
        self.assertIn('no time zone "<+03>-03"', got.stderr)


class Meant(unittest.TestCase):
    def assert_told(self, script, told):
        with self.subTest(script):
            rows, params = pa.table({"amount": [1]}), pa.table({"rate": [2.0]})
            got = launchpad.shared().call(script, rows=rows, params=params)
            self.assertEqual(got.message[0], "raised")
            last = got.message[3].splitlines()[-1]
            self.assertEqual(last if told else "", told)

    def test_names_in_another_case(self):
        column = 'There is no "Amount" in InputDataSet, but "amount".'
        self.assert_told("InputDataSet['Amount']", column)
        self.assert_told("InputDataSet.Amount", column)
        self.assert_told("InputDataSet[['amount', 'Amount']]", column)
        self.assert_told("InputDataSet[['Amount']]", column)
        self.assert_told("InputDataSet.groupby('Amount')", column)
        self.assert_told("print(Rate)", 'There is no "Rate", but "rate".')
        self.assert_told("print(nothing)", "The parameters are rate.")
        self.assert_told("{}['amount']", "")
        self.assert_told("class E(KeyError): args = property(lambda self: 1 / 0)\nraise E", "")


class Surroundings(unittest.TestCase):
    def printed(self, script, **options):
        got = launchpad.shared().call(script, **options)
        self.assertEqual(got.message[0], "done", got.message)
        return got.stdout

    def test_the_clock(self):
        script = """
import datetime, os, time
import dateutil.tz
now = datetime.datetime(2024, 7, 1, 12)
print(os.environ["TZ"], time.tzname, now.astimezone().utcoffset(), now.replace(tzinfo=dateutil.tz.tzlocal()).utcoffset())
"""
        told = "('EST', 'EDT') -1 day, 20:00:00 -1 day, 20:00:00\n"
        self.assertEqual(self.printed(script, time_zone=ZONE), f"{ZONE} {told}")

    def test_a_byte_order_mark(self):
        self.assertEqual(self.printed("\ufeffprint(1)"), "1\n")
        got = launchpad.shared().call("\ufeff\n1 / 0")
        self.assertIn("line 2", got.message[3])

    def test_usual_names(self):
        self.assertEqual(self.printed("print(pd is pandas, np is numpy)"), "True True\n")
        params = pa.table({"pd": [1]})
        self.assertEqual(self.printed("print(pd)", params=params), "1\n")

    def test_forked_workers(self):
        script = """
import multiprocessing
def square(x):
    return x * x
with multiprocessing.Pool(2) as pool:
    print(pool.map(square, [1, 2, 3]))
"""
        self.assertEqual(self.printed(script), "[1, 4, 9]\n")


if __name__ == "__main__":
    unittest.main()

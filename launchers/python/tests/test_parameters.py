"""The variables that come back, and in which words."""

import json
import unittest

import pyarrow as pa

import launchpad

IMPORTS = "import datetime, decimal, enum, uuid, pyarrow\n"


def read_back(script, given=None, names=("p",)):
    """What came back as JSON text, or the message if that is not of a success."""
    params = pa.table({name: [value] for name, value in (given or {"p": 0}).items()})
    got = launchpad.shared().call(IMPORTS + script, params=params, read_back=names)
    return got.read_back if got.message[0] == "done" else got.message


class Values(unittest.TestCase):
    def test_each_in_its_own_words(self):
        for expression, expected in [
            (
                "numpy.array(['2024-02-29', 'NaT'], 'datetime64[D]')",
                '["2024-02-29T00:00:00", null]',
            ),
            ("numpy.array(5)", "5"),
            ("numpy.float16(0.1)", "0.1"),
            ("numpy.timedelta64(90, 's')", '"P0DT0H1M30S"'),
            ("1e300 * 1e10", '"Infinity"'),
            ("-0.0", "-0.0"),
            ("decimal.Decimal('1E+3')", "1E+3"),
            ("decimal.Decimal('NaN')", "null"),
            ("decimal.Decimal('-Infinity')", '"-Infinity"'),
            ("enum.IntEnum('E', 'a')(1)", "1"),
            ("bytearray(b'ab')", '"\\\\x6162"'),
            ("memoryview(b'ab')", '"\\\\x6162"'),
            ("{True: 1, 2.5: 2, None: 3}", '{"true": 1, "2.5": 2, "null": 3}'),
            ("range(3)", "[0, 1, 2]"),
            ("pandas.array([1, None])", "[1, null]"),
            ("pandas.Index(['a'])", '["a"]'),
            ("pyarrow.array([1, None])", "[1, null]"),
            ("pyarrow.scalar('x')", '"x"'),
            ("'\\ud800'", '"\\\\ud800"'),
        ]:
            with self.subTest(expression):
                self.assertEqual(read_back(f"p = {expression}"), f'{{"p": {expected}}}')

    def test_what_has_no_words_is_named(self):
        for expression, told in [
            ("pandas", "of type module"),
            ("lambda: 1", "of type function"),
            ("1j", "of type complex"),
            ("[{'a': {b'x': 1}}]", "a key of type bytes"),
            ("['a\\0']", "a NUL character"),
        ]:
            with self.subTest(expression):
                kind, message = read_back(f"p = {expression}")
                self.assertEqual(kind, "result")
                self.assertIn('parameter "p"', message)
                self.assertIn(told, message)


class Changes(unittest.TestCase):
    def test_only_what_changed_is_sent(self):
        given = {"p": 1.5, "q": "x", "r": None}
        got = read_back("q = 'y'; p = p * 1", given, ("p", "q", "r"))
        self.assertEqual(json.loads(got), {"q": "y"})
        self.assertEqual(read_back("del p", {"p": 1}), '{"p": null}')
        self.assertEqual(read_back("pass", {"p": 1}), "{}")

    def test_nothing_is_sent_unasked(self):
        self.assertEqual(read_back("p = 1", names=()), "")

    def test_many_pieces(self):
        got = read_back("p = 'x' * 5_000_000")
        self.assertEqual(len(json.loads(got)["p"]), 5_000_000)


if __name__ == "__main__":
    unittest.main()

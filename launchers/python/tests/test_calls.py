"""What a script is given, and what of its run reaches the backend."""

import datetime
import importlib.metadata
import importlib.util
import unittest

import pandas
import pyarrow as pa

import launchpad

ENVIRONMENT = [
    "HOME",
    "LANG",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PATH",
    "RES_OPTIONS",
    "TMPDIR",
    "TZ",
]


def call(script, **options):
    return launchpad.shared().call(script, **options)


class Given(unittest.TestCase):
    def test_round_trip(self):
        rows = pa.table({"x": [1, 2, 3], "s": ["a", None, "ü"]})
        got = call("OutputDataSet = InputDataSet", rows=rows)
        self.assertEqual(got.message, ("done", 3))
        self.assertEqual(got.output.to_pydict(), {"x": [1, 2, 3], "s": ["a", None, "ü"]})
        self.assertEqual(got.ended.wait_status, 0)

    def test_types_of_the_frame(self):
        moment = datetime.datetime(2024, 2, 29, 12, 0, 0, 1)
        rows = pa.table(
            {
                "i2": pa.array([1, 2], pa.int16()),
                "i4": pa.array([1, None], pa.int32()),
                "b": pa.array([True, False]),
                "bn": pa.array([True, None]),
                "d": pa.array([datetime.date(2024, 2, 29), None]),
                "t": pa.array([moment, None], pa.timestamp("us")),
                "z": pa.array([moment, None], pa.timestamp("us", "UTC")),
                "y": pa.array([b"\x00\xff", None]),
                "c": pa.array([datetime.time(1, 2, 3), None], pa.time64("us")),
                "l": pa.array([[1, 2], None]),
                "v": pa.array([(0, 1, 5000), None], pa.month_day_nano_interval()),
                "m": pa.array([(2, 1, 5000), None], pa.month_day_nano_interval()),
            }
        )
        script = """
for name in InputDataSet: print(name, InputDataSet[name].dtype, type(InputDataSet[name][0]).__name__)
print(InputDataSet.bn[1], InputDataSet.y[0])
"""
        shown = call(script, rows=rows).stdout.replace("bool_", "bool")
        if pandas.__version__.startswith("1."):
            # It has nanoseconds alone.
            shown = shown.replace("d datetime64[ns]", "d datetime64[ms]").replace("[ns", "[us")
        self.assertEqual(
            shown.splitlines(),
            [
                "i2 int16 int16",
                "i4 float64 float64",
                "b bool bool",
                "bn object bool",
                "d datetime64[ms] Timestamp",
                "t datetime64[us] Timestamp",
                "z datetime64[us, UTC] Timestamp",
                "y object bytes",
                "c object time",
                "l object ndarray",
                "v timedelta64[us] Timedelta",
                "m object MonthDayNano",
                "None b'\\x00\\xff'",
            ],
        )

    def test_intervals_and_back(self):
        months = pa.array([(2, 1, 5000), None], pa.month_day_nano_interval())
        days = pa.array([(0, 1, 5000), None], pa.month_day_nano_interval())
        got = call("OutputDataSet = InputDataSet", rows=pa.table({"m": months, "d": days}))
        self.assertEqual(got.output["m"].to_pylist(), months.to_pylist())
        self.assertEqual(got.output.schema.field("d").type, pa.duration("us"))

    def test_no_rows_keep_columns_and_types(self):
        rows = pa.table({"x": pa.array([], pa.int32()), "s": pa.array([], pa.utf8())})
        got = call("print(list(InputDataSet), InputDataSet.x.dtype, len(InputDataSet))", rows=rows)
        self.assertEqual(got.stdout, "['x', 's'] int32 0\n")

    def test_the_frame_can_be_written_to(self):
        rows = pa.table({"x": [1.0, 2.0]})
        script = (
            "InputDataSet['x'].values; InputDataSet.loc[0, 'x'] = 9\nOutputDataSet = InputDataSet"
        )
        self.assertEqual(call(script, rows=rows).output.to_pydict(), {"x": [9.0, 2.0]})

    def test_parameters(self):
        fields = [
            pa.field("i", pa.int64()),
            pa.field("f", pa.float64()),
            pa.field("s", pa.utf8()),
            pa.field("n", pa.int32()),
            pa.field("y", pa.binary()),
            pa.field("d", pa.date32()),
            pa.field("j", pa.utf8(), metadata={"launchpad.json": "1"}),
        ]
        values = [7, 0.5, "ä", None, b"\x00", datetime.date(2024, 1, 2), '{"a": [1, null]}']
        columns = [pa.array([v], f.type) for v, f in zip(values, fields)]
        params = pa.Table.from_arrays(columns, schema=pa.schema(fields))
        got = call("print((i, f, s, n, y, d, j))", params=params)
        self.assertEqual(
            got.stdout,
            "(7, 0.5, 'ä', None, b'\\x00', datetime.date(2024, 1, 2), {'a': [1, None]})\n",
        )

    def test_parameters_and_input_back_to_back(self):
        params = pa.table({"k": [2]})
        rows = pa.table({"x": list(range(200_000))})
        got = call("OutputDataSet = InputDataSet * k", params=params, rows=rows)
        self.assertEqual(got.message, ("done", 200_000))
        self.assertEqual(got.output.column(0)[-1].as_py(), 399_998)

    def test_other_names(self):
        got = call("zurück = ein", rows=pa.table({"a": [1]}), names=("ein", "zurück"))
        self.assertEqual(got.output.to_pydict(), {"a": [1]})

    def test_same_name_for_both(self):
        got = call("d['b'] = d.a + 1", rows=pa.table({"a": [1]}), names=("d", "d"))
        self.assertEqual(got.output.to_pydict(), {"a": [1], "b": [2]})
        self.assertEqual(call("pass", names=("d", "d")).message, ("done", None))

    def test_surroundings(self):
        script = """
import os, sys, tempfile
print(__name__, os.getcwd(), os.path.expanduser("~"), tempfile.gettempdir(), sys.argv, os.getuid())
print(sorted(os.environ))
open("f", "w").write("x"); print(os.listdir("."))
print(sys.modules["__main__"].os is os, pandas.__name__, numpy.__name__)
"""
        got = call(script)
        self.assertEqual(
            got.stdout.splitlines(),
            [
                "__main__ /job /job /job [''] 1000",
                str(list(ENVIRONMENT)),
                "['f']",
                "True pandas numpy",
            ],
        )

    def test_the_launchers_modules_are_not_to_be_found(self):
        script = """
for name in ("zygote", "satellite", "script", "columns", "launchpad_shim", "exercise"):
    try: __import__(name); print(name)
    except ImportError: pass
import sys; print([m for m, v in sys.modules.items() if FOLDER in str(getattr(v, "__file__", ""))])
"""
        script = script.replace("FOLDER", repr(launchpad.launcher() + "/"))
        self.assertEqual(call(script).stdout, "[]\n")

    def test_packages(self):
        call("pass")
        told = dict(launchpad.shared().packages)
        for name in ("numpy", "pandas", "pyarrow"):
            self.assertEqual(told[name], importlib.metadata.version(name))
        self.assertEqual(sorted(told, key=str.lower), list(told))

    def test_random_numbers_differ(self):
        script = "import random; print(random.random(), numpy.random.rand())"
        first, second = call(script).stdout.split(), call(script).stdout.split()
        self.assertNotEqual(first[0], second[0])
        self.assertNotEqual(first[1], second[1])

    def test_who_knows_one_satellites_key_knows_no_others(self):
        script = "import multiprocessing; print(bytes(multiprocessing.current_process().authkey))"
        self.assertNotEqual(call(script).stdout, call(script).stdout)

    @unittest.skipUnless(importlib.util.find_spec("sklearn"), "scikit-learn is not installed")
    def test_scikit_learn_works(self):
        script = """
from sklearn.linear_model import LinearRegression
from sklearn.ensemble import RandomForestRegressor
m = LinearRegression().fit(InputDataSet[["x"]], InputDataSet.y)
f = RandomForestRegressor(n_estimators=3, n_jobs=2).fit(InputDataSet[["x"]], InputDataSet.y)
OutputDataSet = pandas.DataFrame({"slope": [round(m.coef_[0], 6)]})
import threading; t = threading.Thread(target=lambda: print("thread")); t.start(); t.join()
"""
        rows = pa.table({"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.0]})
        got = call(script, rows=rows)
        self.assertEqual(got.message, ("done", 1), got)
        self.assertEqual(got.output.to_pydict(), {"slope": [2.0]})
        self.assertEqual(got.stdout, "thread\n")


class Told(unittest.TestCase):
    def test_an_exception(self):
        script = "def f(x):\n    return 1 / x\n\nf(0)\n"
        kind, message, trace = call(script).message[1:]
        self.assertEqual((kind, message), ("ZeroDivisionError", "division by zero"))
        # Python 3.13 points at calls, too.
        lines = [line for line in trace.splitlines() if set(line) - set(" ~^")]
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertEqual(lines[1], '  File "<script>", line 4, in <module>')
        self.assertEqual(lines[2], "    f(0)")
        self.assertEqual(lines[3], '  File "<script>", line 2, in f')
        self.assertNotIn("launchpad", trace)

    def test_a_library_frame_and_a_chain(self):
        script = """
try:
    InputDataSet["missing"]
except KeyError as error:
    raise RuntimeError("wrapped") from error
"""
        kind, message, trace = call(script).message[1:]
        self.assertEqual((kind, message), ("RuntimeError", "wrapped"))
        self.assertIn("pandas", trace)
        self.assertIn("The above exception was the direct cause", trace)
        self.assertNotIn(launchpad.launcher() + "/", trace)

    def test_syntax(self):
        kind, _, trace = call("x = 1\nif\n").message[1:]
        self.assertEqual(kind, "SyntaxError")
        self.assertIn('File "<script>", line 2', trace)
        self.assertNotIn("launchpad", trace)
        self.assertEqual(call("  x = 1").message[1], "IndentationError")
        self.assertEqual(call("x = 1\r\nprint(x)\r\n").stdout, "1\n")

    def test_exit(self):
        self.assertEqual(call("import sys; sys.exit(3)").message, ("exited", 3))
        self.assertEqual(call("raise SystemExit").message, ("exited", 0))
        got = call("import sys; sys.exit('no more')")
        self.assertEqual((got.message, got.stderr), (("exited", 1), "no more\n"))
        got = call("import os; print('x'); os._exit(5)")
        self.assertIsNone(got.message)
        self.assertEqual(got.ended.wait_status, 5 << 8)

    def test_what_else_can_be_raised(self):
        self.assertEqual(call("raise KeyboardInterrupt").message[1], "KeyboardInterrupt")
        self.assertEqual(call("def f(): f()\nf()").message[1], "RecursionError")
        script = "class E(Exception):\n  def __str__(self): return 1 / 0\nraise E"
        kind, message, _ = call(script).message[1:]
        self.assertEqual((kind, message), ("E", "<unprintable E object>"))
        self.assertEqual(call("raise ValueError('\\ud800')").message[2], "\\ud800")
        long = call("raise ValueError('x' * 1000000)").message
        self.assertEqual(len(long[2]), 65536)
        self.assertEqual(
            call("import pandas.errors as e\nraise e.MergeError").message[1],
            "pandas.errors.MergeError",
        )

    def test_memory(self):
        got = call("x = bytearray(900 << 20)", memory=512 << 20)
        self.assertEqual(got.message[1], "MemoryError")
        got = call("x = []\nwhile True: x.append('y' * 1000000)", memory=512 << 20)
        self.assertEqual(got.message[1], "MemoryError")

    def test_a_fork_does_not_answer(self):
        script = """
import os
OutputDataSet = pandas.DataFrame({"a": [1]})
if os.fork() == 0: raise ValueError("in the fork")
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
        got = call(script)
        self.assertEqual((got.message, got.stdout), (("done", 1), "1\n"))
        self.assertIn("ValueError: in the fork", got.stderr)

    def test_prints(self):
        script = """
import sys, ctypes
print("out", "ü"); print("err", file=sys.stderr); print("\\udcff")
sys.stdout.write("no newline")
ctypes.CDLL(None).printf(b"native")
"""
        got = call(script)
        self.assertEqual(got.stdout, "out ü\n\\udcff\nno newlinenative")
        self.assertEqual(got.stderr, "err\n")

    def test_a_closed_stdout_does_no_harm(self):
        got = call("import sys\nsys.stdout.close()\nOutputDataSet = pandas.DataFrame({'a': [1]})")
        self.assertEqual(got.message, ("done", 1))

    def test_a_warning_shows_its_line(self):
        got = call("import warnings\nwarnings.warn('careful')\n")
        self.assertIn("<script>:2: UserWarning: careful\n  warnings.warn('careful')", got.stderr)

    def test_a_signal(self):
        got = call("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
        self.assertIsNone(got.message)
        self.assertEqual(got.ended.wait_status & 0x7F, 11)


if __name__ == "__main__":
    unittest.main()

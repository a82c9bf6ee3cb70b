"""Modules that are imported in advance, and what is told of those that scripts import."""

import unittest

import launchpad

PRELOAD = [
    ["sklearn", "sklearn.ensemble", "sklearn.no_such_module"],
    ["no_such_package"],
    ["scipy", "scipy.stats"],
    ["pyarrow", "pyarrow.dataset"],
    ["joblib"],
]


class Preload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.zygote = launchpad.Zygote(preload=PRELOAD)

    @classmethod
    def tearDownClass(cls):
        cls.zygote.close()

    def run_script(self, script):
        """What it has printed, and what was told of its imports."""
        got = self.zygote.call(script)
        self.assertEqual(got.message[0], "done", got.message)
        self.assertEqual(got.stderr, "")
        return got.stdout.split(), dict(got.imported[0]) if got.imported else {}

    def test_one_that_is_missing_is_told(self):
        missing = "ModuleNotFoundError: No module named 'no_such_package'"
        self.assertEqual(self.zygote.problems, [None, missing, None, None, None])

    def test_nothing_of_it_is_in_sight(self):
        printed, imported = self.run_script(
            "import sys, pyarrow\n"
            "print([n for n in sys.modules if n.split('.')[0] in ('sklearn', 'scipy', 'joblib')])\n"
            "print('pyarrow.dataset' in sys.modules, hasattr(pyarrow, 'dataset'))\n"
            "print([n for n in ('preload', 'rehearsal', 'exercise') if n in sys.modules])"
        )
        self.assertEqual(printed, ["[]", "False", "False", "[]"])
        self.assertEqual(imported, {})

    def test_it_is_as_if_it_had_been_imported(self):
        printed, imported = self.run_script(
            "import sys, importlib, inspect\n"
            "from sklearn.ensemble import GradientBoostingRegressor as G\n"
            "import sklearn\n"
            "print(sklearn.__spec__.name, sklearn.__spec__.loader is sklearn.__loader__)\n"
            "print(sklearn.ensemble is sys.modules['sklearn.ensemble'], inspect.getmodule(G).__name__)\n"
            "print(importlib.reload(sklearn.ensemble) is sklearn.ensemble)\n"
            "x = numpy.arange(10.0).reshape(-1, 1)\n"
            "print(len(G(n_estimators=3).fit(x, x[:, 0]).predict(x)))\n"
            "del sys.modules['joblib']\n"
            "import joblib\n"
            "print(joblib.__name__)"
        )
        expected = ["sklearn", "True", "True", "sklearn.ensemble._gb", "True", "10", "joblib"]
        self.assertEqual(printed, expected)
        self.assertEqual(imported.pop("sklearn"), 0)

    def test_a_group_brings_those_that_it_needs(self):
        for line in ("import scipy.stats", "from scipy import stats"):
            printed, imported = self.run_script(
                f"{line}\nimport scipy\nprint(scipy.stats.norm.cdf(0))"
            )
            self.assertEqual(printed, ["0.5"])
            self.assertEqual(imported, {"scipy": 0, "sklearn": 0})

    def test_a_module_of_a_package_in_sight(self):
        for line in (
            "from pyarrow import dataset",
            "import pyarrow.dataset as dataset",
            "import importlib; dataset = importlib.import_module('pyarrow.dataset')",
        ):
            printed, imported = self.run_script(
                f"{line}\nimport pyarrow\nprint(pyarrow.dataset is dataset, bool(dataset.write_dataset))"
            )
            self.assertEqual(printed, ["True", "True"])
            self.assertEqual(imported, {"pyarrow": 0})

    def test_a_model_is_unpickled_without_an_import(self):
        printed, imported = self.run_script(
            "import pickle, sys\n"
            "text = b'csklearn.ensemble._gb\\nGradientBoostingRegressor\\n.'\n"
            "print(pickle.loads(text).__name__, 'sklearn.ensemble._gb' in sys.modules)"
        )
        self.assertEqual(printed, ["GradientBoostingRegressor", "True"])
        self.assertEqual(imported, {"sklearn": 0})

    def test_a_scripts_own_package_of_the_name_wins(self):
        printed, _ = self.run_script(
            "import os, sys\n"
            "os.makedirs('own/sklearn')\n"
            "open('own/sklearn/__init__.py', 'w').write('own = True')\n"
            "sys.path.insert(0, os.path.abspath('own'))\n"
            "import sklearn, scipy\n"
            "print(sklearn.own, hasattr(scipy, '__version__'))"
        )
        self.assertEqual(printed, ["True", "True"])

    def test_several_threads_import_at_once(self):
        printed, _ = self.run_script(
            "import threading, importlib\n"
            "found = []\n"
            "names = ['sklearn.ensemble', 'scipy.stats', 'joblib', 'pyarrow.dataset'] * 8\n"
            "def load(name): found.append(importlib.import_module(name).__name__ == name)\n"
            "threads = [threading.Thread(target=load, args=(name,)) for name in names]\n"
            "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
            "print(len(found), all(found))"
        )
        self.assertEqual(printed, ["32", "True"])


class Report(unittest.TestCase):
    def imports(self, script):
        got = launchpad.shared().call(script)
        self.assertLessEqual(len(got.imported), 1)
        return dict(got.imported[0]) if got.imported else {}

    def test_what_takes_time_is_told(self):
        found = self.imports("import scipy.stats, sqlite3, statistics")
        self.assertGreater(found["scipy.stats"], 1000)
        self.assertLess(set(found), {"scipy", "scipy.stats"} | {"pandas", "numpy"}, found)

    def test_of_a_script_that_fails_as_well(self):
        for end in ("1 / 0", "exit(3)", "OutputDataSet = 3"):
            found = self.imports(f"import scipy.stats\n{end}")
            self.assertIn("scipy.stats", found)

    def test_nothing_is_told_of_nothing(self):
        for script in ("x = 1", "import json, math, sqlite3", "import no_such_module", "1 / 0"):
            self.assertEqual(self.imports(script), {})

    def test_a_script_can_spoil_its_own_report_and_no_more(self):
        for line in (
            "import sys; sys.meta_path.clear()",
            "import sys; sys.meta_path[0].imported = None",
            "import sys; sys.meta_path[0].imported = {'x' * 10000: 10**30, 3: 4}",
            "import sys; sys.meta_path[0].imported = {f'm{n}.' + 'x' * 90: 10**9 for n in range(1000)}",
            "import sys; sys.meta_path[0].imported = {'../evil': 10**9, '': 10**9}",
        ):
            got = launchpad.shared().call(line)
            self.assertEqual(got.message[0], "done", line)
            entries = got.imported[0] if got.imported else []
            self.assertLessEqual(len(entries), 64)
            self.assertTrue(all(len(name) <= 100 for name, _ in entries))


if __name__ == "__main__":
    unittest.main()

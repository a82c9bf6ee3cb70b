"""The benchmark measures, checks what it measured, and says what failed."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster import Cluster

BENCHES = Path(__file__).resolve().parent.parent / "benches"


@pytest.fixture
def bench(cluster: Cluster, no_leaks, tmp_path):
    """Runs it on the session's cluster."""
    with benched(cluster, tmp_path) as run:
        yield run


@contextmanager
def benched(cluster: Cluster, folder: Path):
    """Runs it in a database of its own; gives exit status, tables and the JSON."""
    cluster.execute("CREATE DATABASE bench")

    def run(*arguments: str, **environment: str) -> tuple[int, str, dict]:
        reach = {
            "PGHOST": cluster.host,
            "PGPORT": str(cluster.port),
            "PGUSER": cluster.user,
            "PGDATABASE": "bench",
        }
        done = subprocess.run(
            [
                *(sys.executable, BENCHES / "bench.py", "--rows", "1000", "--rounds", "2"),
                *("--results", folder, *arguments),
            ],
            env={**os.environ, **reach, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        (file,) = folder.iterdir() if done.returncode in (0, 1) else (None,)
        assert file, done.stderr
        return done.returncode, done.stdout, json.loads(file.read_text())

    yield run
    cluster.execute("DROP DATABASE bench")


@pytest.fixture
def benches(monkeypatch):
    """Its modules can be imported."""
    monkeypatch.syspath_prepend(BENCHES)


def measured(found: dict) -> dict[str, dict[str, dict]]:
    """The results by work and system."""
    return {
        work["work"]: {result["system"]: result for result in work["results"]}
        for work in found["works"]
    }


def test_rows(bench):
    status, tables, found = bench(
        "--works", "through,into,out", "--systems", "floor,copy,table-as,both-ways,python"
    )
    assert status == 0, tables
    assert found["rows"] == 1000
    works = measured(found)
    assert {work: set(results) for work, results in works.items()} == {
        "through": {"floor", "table-as", "both-ways", "copy", "python"},
        "into": {"floor", "copy", "python"},
        "out": {"floor", "table-as", "both-ways", "python"},
    }
    for results in works.values():
        for result in results.values():
            assert len(result["seconds"]) == 2
            assert 0 < result["fastest"] <= result["median"] <= result["slowest"] < 60
        assert results["python"]["ratio"] == 1
    parts = [works["out"][system]["seconds"] for system in ("floor", "table-as")]
    sums = [sum(pair) for pair in zip(*parts, strict=True)]
    assert works["out"]["both-ways"]["seconds"] == pytest.approx(sums, abs=1e-6)
    assert tables.count("**1.0**") >= 3
    assert {target["work"] for target in found["targets"]} == {"W1", "W2", "W3"}


def test_every_work_in_both_languages(bench):
    """Their answers are right, be it of texts, moments, NULLs or coefficients."""
    works = "texts,mixed,training,grouped,slope-3"
    status, tables, found = bench("--works", works, "--systems", "python,r", "--rounds", "1")
    assert status == 0, tables
    for results in measured(found).values():
        assert set(results) == {"python", "r"}


def test_packages_are_preloaded_or_not(own_cluster, tmp_path):
    """Our systems differ in nothing else. Afterwards the server's settings are as before."""
    cluster = own_cluster()
    with benched(cluster, tmp_path) as run:
        status, tables, found = run(
            *("--works", "scoring,data-table", "--systems", "python,r,bare-python,bare-r"),
            *("--rounds", "1"),
        )
    assert status == 0, tables
    works = measured(found)
    assert set(works["scoring"]) == {"python", "bare-python"}
    assert set(works["data-table"]) == {"r", "bare-r"}
    assert works["scoring"]["bare-python"]["ratio"] > 3
    assert {target["work"] for target in found["targets"]} == {"W15"}
    assert "scikit-learn" in found["versions"]
    for setting in ("python_preload", "r_preload"):
        assert cluster.execute(f"SHOW launchpad.{setting}") == [("",)]


def test_a_package_that_cannot_be_preloaded(benches, own_cluster, monkeypatch):
    """The view says why."""
    cluster = own_cluster()
    import preloading
    from description import Job, System

    job = Job(key="none", record="", result="", imports="no_such_module")
    system = System(key="ours", title="", server={"launchpad.python_preload": "auto"})
    monkeypatch.setattr(preloading, "PATIENCE", 0)
    with cluster.connect() as session:
        with pytest.raises(preloading.NotPreloaded, match="no call has been seen"):
            preloading.preload(session, system, job, lambda: None)
        preloading.reset(session, [system])


def test_a_crowd_and_what_satellites_cost(bench):
    status, tables, found = bench(
        *("--works", "crowd,refill,memory-1,memory-3", "--systems", "python", "--rounds", "1")
    )
    assert status == 0, tables
    works = {work: results["python"] for work, results in measured(found).items()}
    assert len(works["crowd"]["seconds"]) == 8 * 50
    assert works["crowd"]["rate"] > 1
    assert 0.001 < works["refill"]["median"] < 1
    assert works["refill"]["share"] == works["crowd"]["rate"] / works["refill"]["capacity"]
    assert works["memory-1"]["highest"] > 1e6
    assert works["memory-3"]["growth"] < 32e6


def test_what_fails_is_shown(bench):
    """A program that is not there: the others are measured all the same."""
    status, tables, found = bench(
        *("--works", "now-and-then", "--systems", "floor,cold-r", "--rounds", "1"),
        PATH="/nowhere",
    )
    assert status == 1
    floor, cold = found["works"][0]["results"]
    assert floor["failure"] is None
    assert floor["calls"] == 40
    assert "No such file" in cold["failure"]
    assert "median" not in cold
    assert "| `Rscript -e 1` | failed [1] |" in tables
    assert f"[1] {cold['failure']}" in tables


def test_a_client_that_fails(benches):
    """What it says last is the reason; here that it knows no such job."""
    from description import Job, Question
    from programs import Client, ClientError

    client = Client("nobody", Job(key="none", record="", result=""), script="")
    with pytest.raises(ClientError, match=r"nobody\.py"):
        client.prepare(None, Question(rows=1))
    client.finish()


def test_a_wrong_answer_is_a_failure(benches):
    from paces import WrongAnswer, check

    check((10, 0.1 + 0.2), (10, 0.3, 5.0))
    check(None, (10,))
    with pytest.raises(WrongAnswer):
        check((10, 0.3001, 5.0), (10, 0.3, 5.0))
    with pytest.raises(WrongAnswer):
        check((10**12 + 1,), (10**12,))


def test_targets(benches):
    """A figure on the right side, on the wrong one, and none."""
    import targets

    results = [
        {"system": system, "failure": None, "median": median}
        for system, median in (("python", 1.0), ("plpython", 12.5), ("plpython-pandas", 11.0))
    ]
    lines = targets.lines([{"work": "through", "name": "W1", "results": results}])
    assert {line["work"] for line in lines} == {"W1"}
    by_peer = {line["target"]: (line["reached"], line["met"]) for line in lines}
    assert by_peer["Python: PL/Python row by row takes at least 12 times as long"] == (
        "12 times",
        True,
    )
    assert by_peer["Python: PL/Python with a pandas frame takes at least 12 times as long"] == (
        "11 times",
        False,
    )
    assert by_peer["R: PL/R takes at least 15 times as long"] == (None, None)


def test_targets_that_are_differences(benches):
    import targets

    results = [
        {"system": system, "failure": None, "median": median}
        for system, median in (("python", 0.0304), ("plpython-pandas", 0.0183))
    ]
    first, *others = targets.lines([{"work": "scoring", "name": "W15", "results": results}])
    assert (first["reached"], first["met"]) == ("12 ms", True)
    assert {other["met"] for other in others} == {None}

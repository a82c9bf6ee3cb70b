"""The benchmark measures, checks what it measured, and says what failed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster import Cluster

BENCHES = Path(__file__).resolve().parent.parent / "benches"


@pytest.fixture
def bench(cluster: Cluster, no_leaks, tmp_path):
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
                *("--results", tmp_path, *arguments),
            ],
            env={**os.environ, **reach, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        (file,) = tmp_path.iterdir() if done.returncode in (0, 1) else (None,)
        assert file, done.stderr
        return done.returncode, done.stdout, json.loads(file.read_text())

    yield run
    cluster.execute("DROP DATABASE bench")


def test_rows(bench):
    status, tables, found = bench(
        "--works", "through,into,out", "--systems", "floor,copy,table-as,python"
    )
    assert status == 0, tables
    assert found["rows"] == 1000
    measured = {
        work["work"]: {result["system"]: result for result in work["results"]}
        for work in found["works"]
    }
    assert {work: set(results) for work, results in measured.items()} == {
        "through": {"floor", "table-as", "python"},
        "into": {"floor", "copy", "python"},
        "out": {"floor", "table-as", "python"},
    }
    for results in measured.values():
        for result in results.values():
            assert len(result["seconds"]) == 2
            assert 0 < result["fastest"] <= result["median"] <= result["slowest"] < 60
        assert results["python"]["ratio"] == 1
    assert tables.count("**1.0**") == 3


def test_what_fails_is_shown(bench):
    """A program that is not there: the others are measured all the same."""
    status, tables, found = bench(
        "--works", "now-and-then", "--systems", "floor,cold-r", PATH="/nowhere"
    )
    assert status == 1
    floor, cold = found["works"][0]["results"]
    assert floor["failure"] is None
    assert floor["calls"] == 100
    assert "No such file" in cold["failure"]
    assert "median" not in cold
    assert "| `Rscript -e 1` | failed [1] |" in tables
    assert f"[1] {cold['failure']}" in tables


def test_a_wrong_answer_is_a_failure(monkeypatch):
    monkeypatch.syspath_prepend(BENCHES)
    from measure import WrongAnswer, check

    check((10, 0.1 + 0.2), (10, 0.3, 5.0))
    with pytest.raises(WrongAnswer):
        check((10, 0.3001, 5.0), (10, 0.3, 5.0))

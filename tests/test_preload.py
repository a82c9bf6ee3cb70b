"""Packages that are loaded before scripts ask for them: what scripts import decides, or a list."""

import os
import signal

import psycopg
import pytest

import processes
from calls import SLEEP, RunningCall, answers, failing, texts
from cluster import Cluster, wait_until
from oracle import LeakOracle

AUTO = ("launchpad.python_preload=auto", "launchpad.r_preload=auto")
NONE = ("launchpad.python_preload=", "launchpad.r_preload=")
# Takes about a second where it is not preloaded.
FOREST = "import sklearn.ensemble; OutputDataSet = [(sklearn.__version__,)]"
SURVIVAL = "library(survival); Sys.sleep(0.6); OutputDataSet <- 'survived'"
IN_SIGHT = """
import sys
OutputDataSet = [(str(any(name.split(".")[0] in ("sklearn", "scipy") for name in sys.modules)),)]
"""


def imports(cluster: Cluster, **options) -> dict[str, dict]:
    """launchpad.imports: by module, its calls, import_ms, preloaded, memory and note."""
    columns = ("module", "calls", "import_ms", "preloaded", "memory", "note")
    lines = cluster.execute(f"SELECT {', '.join(columns)} FROM launchpad.imports", **options)
    return {line[0]: dict(zip(columns[1:], line[1:], strict=True)) for line in lines}


def is_preloaded(cluster: Cluster, module: str) -> bool:
    return imports(cluster).get(module, {}).get("preloaded", False)


def told(cluster: Cluster, script: str, language: str = "Python", **options) -> list[str]:
    with cluster.connect(**options) as session:
        return texts(session, script, language)


def configure(cluster: Cluster, **settings: str):
    for name, value in settings.items():
        cluster.execute(f"ALTER SYSTEM SET launchpad.{name} = '{value}'")
    cluster.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def learning():
    made = Cluster(*AUTO, "launchpad.warm_satellites=1")
    yield made
    made.remove()


def learn(cluster: Cluster, module: str, script: str, language: str = "Python"):
    """Has scripts import it until it is preloaded."""

    def is_there():
        told(cluster, script, language)
        return is_preloaded(cluster, module)

    wait_until(is_there, 30, f"{module} is not preloaded")


def test_what_scripts_import_is_preloaded(learning):
    oracle = LeakOracle(learning)
    assert told(learning, IN_SIGHT) == ["False"]
    learn(learning, "sklearn", FOREST)
    line = imports(learning)["sklearn"]
    assert line["calls"] >= 2
    assert line["import_ms"] > 100
    assert 10 << 20 < line["memory"] < 200 << 20
    assert "sklearn.ensemble" in line["note"]
    # What does not import it does not see it.
    wait_until(lambda: told(learning, IN_SIGHT) == ["False"])
    before = line["calls"]
    assert told(learning, FOREST) == told(learning, FOREST)
    assert imports(learning)["sklearn"]["calls"] == before + 2
    # The zygotes before, and what they forked, are gone.
    oracle.check()


def test_in_r(learning):
    learn(learning, "survival", SURVIVAL, "R")
    script = "OutputDataSet <- as.character('survival' %in% loadedNamespaces())"
    assert told(learning, script, "R") == ["FALSE"]
    assert told(learning, SURVIVAL, "R") == ["survived"]
    # A model's methods are those of a package that is loaded.
    predict = "predict(structure(list(), class = 'coxph'))"
    script = f"OutputDataSet <- tryCatch({predict}, error = conditionMessage)"
    assert "no applicable method" in told(learning, script, "R")[0]


def test_what_others_import_is_for_those_that_may_see_all(learning):
    learn(learning, "sklearn", FOREST)
    told(learning, "import sqlite3, scipy.io.matlab", "Python")
    learning.execute("DROP ROLE IF EXISTS curious")
    learning.execute("CREATE ROLE curious LOGIN")
    seen = imports(learning, user="curious")
    assert seen["sklearn"]["preloaded"]
    assert (seen["sklearn"]["calls"], seen["sklearn"]["import_ms"]) == (None, None)
    assert all(line["preloaded"] for line in seen.values())
    learning.execute("GRANT pg_read_all_stats TO curious")
    assert imports(learning, user="curious") == imports(learning)


def test_what_was_learned_survives_a_restart(own_cluster):
    cluster = own_cluster(*AUTO, "launchpad.warm_satellites=1")
    learn(cluster, "sklearn", FOREST)
    kept = cluster.data / "pgsql_tmp_launchpad" / "imports"
    wait_until(lambda: kept.exists() and "package sklearn" in kept.read_text(), 40, "it is kept")
    calls = imports(cluster)["sklearn"]["calls"]
    cluster.ctl("restart", "-m", "immediate")
    wait_until(lambda: answers(cluster), 20)
    wait_until(lambda: is_preloaded(cluster, "sklearn"), 30)
    assert 2 <= imports(cluster)["sklearn"]["calls"] <= calls
    # A file that is nonsense is no harm.
    cluster.ctl("stop", "-m", "immediate")
    kept.write_bytes(b"\xff\x00package\nprogram\n" * 1000)
    cluster.ctl("start")
    wait_until(lambda: answers(cluster), 20)
    assert imports(cluster) == {}


def test_a_list(own_cluster):
    cluster = own_cluster(
        "launchpad.python_preload=sklearn.ensemble, joblib, no_such_module",
        "launchpad.r_preload=survival",
        "launchpad.warm_satellites=2",
    )
    wait_until(lambda: is_preloaded(cluster, "sklearn") and is_preloaded(cluster, "survival"), 40)
    lines = imports(cluster)
    assert lines["joblib"]["preloaded"]
    assert lines["no_such_module"]["note"] == "there is no module named no_such_module"
    told(cluster, "import scipy.io.matlab, sklearn.svm, colorsys")
    # Satellites that wait are of the zygote that has them; a call that runs is left alone.
    running = RunningCall(cluster, SLEEP)
    running.wait_for("running")
    configure(cluster, python_preload="", r_preload="survival, nnet")
    wait_until(lambda: not is_preloaded(cluster, "sklearn") and is_preloaded(cluster, "nnet"), 40)
    assert imports(cluster)["sklearn"]["note"] == "launchpad.python_preload is empty"
    assert answers(cluster, "Python", "R")
    cluster.execute(f"SELECT pg_cancel_backend({running.pid})")
    assert running.error().sqlstate == "57014"
    # Calls never wait for it.
    log = cluster.log.read_text()
    assert "works again" not in log and "did not start" not in log


def test_matplotlib(libraries):
    """Fonts that it has used stay open."""
    script = """
import io, matplotlib.pyplot
figure, axes = matplotlib.pyplot.subplots()
figure.savefig(png := io.BytesIO(), format="png")
OutputDataSet = [(png.getvalue()[1:4].decode(),)]
"""
    try:
        configure(libraries, python_preload="matplotlib.pyplot")
        wait_until(lambda: is_preloaded(libraries, "matplotlib"), 30)
        assert told(libraries, script) == ["PNG"]
    finally:
        configure(libraries, python_preload="")


def test_bad_lists_are_refused(cluster):
    for setting, value, word in (
        ("python_preload", "scikit-learn", '"scikit-learn" is not a valid name'),
        ("python_preload", "a,,b", '"" is not a valid name'),
        ("r_preload", "data_table", '"data_table" is not a valid name'),
        ("python_preload", "a," * 100 + "a", "The list has 101 names"),
    ):
        error = failing(cluster, f"ALTER SYSTEM SET launchpad.{setting} = '{value}'")
        assert error.sqlstate == "22023"
        assert word in error.diag.message_detail
    error = failing(cluster, "SET launchpad.python_preload = 'x'")
    assert error.sqlstate == "55P02"


def test_there_is_room_for_so_much(own_cluster):
    cluster = own_cluster(*AUTO, "launchpad.preload_memory=1MB", "launchpad.warm_satellites=1")

    def is_refused():
        told(cluster, FOREST)
        return "launchpad.preload_memory" in imports(cluster)["sklearn"]["note"]

    wait_until(is_refused, 30)
    assert not is_preloaded(cluster, "sklearn")
    configure(cluster, preload_memory="300MB")
    learn(cluster, "sklearn", FOREST)


def test_it_does_not_count_as_the_scripts_memory(own_cluster):
    """A script has as much for itself as it would have without."""
    fill = "x = bytearray(140 << 20); OutputDataSet = [(str(len(x)),)]"
    cluster = own_cluster(
        "launchpad.python_preload=sklearn.ensemble", "launchpad.warm_satellites=1"
    )
    limits = {"options": "-c launchpad.memory_limit=256MB"}
    wait_until(lambda: is_preloaded(cluster, "sklearn"), 30)
    wait_until(lambda: told(cluster, IN_SIGHT) == ["False"])
    assert told(cluster, fill, **limits) == [str(140 << 20)]
    assert told(cluster, f"import sklearn.ensemble; {fill}", **limits) == [str(140 << 20)]
    with pytest.raises(psycopg.Error) as caught:
        told(cluster, fill.replace("140", "400"), **limits)
    assert caught.value.sqlstate == "53200"


def test_a_killed_zygote_is_followed_by_one_that_preloads(learning):
    learn(learning, "sklearn", FOREST)
    ours = processes.of_cluster(learning.postmaster())
    zygotes = [pid for pid, (kind, _) in ours.items() if kind == "Python zygote"]
    assert zygotes
    for pid in zygotes:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: answers(learning, "Python", "R"), 20)
    wait_until(lambda: is_preloaded(learning, "sklearn"), 30)


def test_a_role_cannot_crowd_out_others(learning):
    """What a script says of its imports is believed no more than its call's own time."""
    learning.execute("DROP ROLE IF EXISTS crowd")
    learning.execute("CREATE ROLE crowd LOGIN")
    learning.let_run("crowd")
    learn(learning, "sklearn", FOREST)
    lie = """
import sys
finder = sys.meta_path[0]
finder.imported = {f"evil{number}": 10**15 for number in range(64)}
for name in ("../../evil", "os; import evil", "unittest.__main__", "__main__"):
    finder.imported[name] = 10**15
"""
    for _ in range(5):
        told(learning, lie, user="crowd")
    told(learning, FOREST)
    seen = imports(learning)
    assert seen["sklearn"]["preloaded"]
    assert not [name for name in seen if "/" in name or " " in name]
    # A program is no module.
    assert not seen.keys() & {"unittest", "__main__"}
    lies = [line for name, line in seen.items() if name.startswith("evil")]
    assert len(lies) <= 64
    assert all((line["import_ms"] or 0) < 5000 for line in lies)
    assert answers(learning, "Python")
    learning.execute("DROP OWNED BY crowd")
    learning.execute("DROP ROLE crowd")

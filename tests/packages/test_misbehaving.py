"""Packages that misbehave when they are loaded in advance: each is dropped with the reason, the
others are loaded, and no call notices. What a package can reach then is what any package of a
zygote can (test_packages.py)."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import installed
import misbehaving
import pytest
from test_packages import MODES
from world import SITE

from calls import answers, texts
from cluster import Cluster, can_mount, wait_until

NEED_MOUNTS = not (SITE.is_dir() and can_mount())


@pytest.fixture(scope="module", params=MODES)
def cluster(request) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="pglp-preload.") as name:
        folder = Path(name)
        folder.chmod(0o755)
        python = misbehaving.python(folder / "python")
        if not NEED_MOUNTS:
            misbehaving.r(folder / "library")
        misbehaving.opened(folder)
        usual = python.parent.parent / "lib"
        made = Cluster(
            f"launchpad.sandbox={request.param}",
            f"launchpad.python={python}",
            f"launchpad.readable_paths={installed.modules()}, {folder}, {usual}",
            f"launchpad.python_preload={', '.join(misbehaving.PYTHON)}, sqlite3",
            f"launchpad.r_preload={', '.join([] if NEED_MOUNTS else misbehaving.R)}",
            "launchpad.warm_satellites=1",
            mounts="" if NEED_MOUNTS else f"mount --bind {folder}/library {SITE}",
        )
        try:
            yield made
        finally:
            made.remove()


def notes(cluster: Cluster, language: str) -> dict[str, tuple[bool, str]]:
    query = "SELECT module, preloaded, coalesce(note, '') FROM launchpad.imports"
    query += f" WHERE language = '{language}'"
    return {module: (preloaded, note) for module, preloaded, note in cluster.execute(query)}


def is_done(cluster: Cluster, language: str, good: str) -> bool:
    assert answers(cluster, "Python")
    return notes(cluster, language).get(good, (False, ""))[0]


@pytest.mark.parametrize(
    "language, all_of_them", [("Python", misbehaving.PYTHON), ("R", misbehaving.R)]
)
def test_what_misbehaves_is_dropped_and_the_rest_is_loaded(cluster, language, all_of_them):
    if language == "R" and NEED_MOUNTS:
        pytest.skip("needs mounts for R's packages")
    good = next(iter(all_of_them))
    is_container = cluster.setting("launchpad.sandbox") == "container"
    wait_until(lambda: is_done(cluster, language, good), 180, f"{good} is not preloaded")
    found = notes(cluster, language)
    for name, (_, words) in all_of_them.items():
        preloaded, note = found[name]
        # There the launcher's own look at its descriptors is the only one.
        if is_container and words == "descriptor":
            continue
        assert preloaded == (words is None), (name, note)
        assert words is None or words in note, (name, note)
    log = cluster.log.read_text()
    for name, (_, words) in all_of_them.items():
        if words is not None and not (is_container and words == "descriptor"):
            assert f'package "{name}" is not preloaded for {language}' in log
    assert "works again" not in log
    with cluster.connect() as session:
        if language == "Python":
            assert texts(session, "import pl_good; OutputDataSet = [(str(pl_good.VALUE),)]") == [
                "42"
            ]
        else:
            assert texts(session, "OutputDataSet <- as.character(plgood::value)", "R") == ["42"]


def test_a_script_finds_as_before_what_was_dropped(cluster):
    with cluster.connect() as session:
        code = "try:\n  import pl_raises\nexcept ValueError as e: OutputDataSet = [(str(e),)]"
        assert texts(session, code) == ["not in advance"]
    assert answers(cluster, "Python")


def test_satellites_that_do_not_get_ready(cluster):
    """A package works in the trial and spoils each satellite later: nothing is preloaded any more,
    and calls go on."""
    python = Path(cluster.setting("launchpad.python"))
    (packages,) = python.parent.parent.glob("lib/python3*/site-packages")
    late = """
import os
forks = 0
def count():
    global forks
    forks += 1
def leave():
    # The second is the trial's of this package; what comes then are satellites.
    if forks > 1:
        os._exit(5)
os.register_at_fork(before=count, after_in_child=leave)
"""
    (packages / "pl_late.py").write_text(late)
    os.chmod(packages / "pl_late.py", 0o644)
    cluster.execute("ALTER SYSTEM SET launchpad.python_preload = 'pl_good, pl_late'")
    cluster.execute("SELECT pg_reload_conf()")

    def is_mistrusted():
        assert answers(cluster, "Python")
        return "do not get ready" in notes(cluster, "Python").get("pl_late", (False, ""))[1]

    wait_until(is_mistrusted, 60, "it is not found out")
    assert answers(cluster, "Python")
    assert "nothing is preloaded any more" in cluster.log.read_text()
    assert not any(preloaded for preloaded, _ in notes(cluster, "Python").values())

"""Every example of README and docs runs, and prints what the page says."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import Cluster
from examples import NORUN, PAGES, SHOWN, Runner, examples
from places import places

# Roles and databases that examples name.
ROLES = ("analyst", "builder", "loader", "statisticians")
DATABASES = ("reports", "sandbox")
# What scripts run in: with matplotlib, where scripts/setup has made that.
LIBRARIES = Path(places("LIBRARIES_VENV")["LIBRARIES_VENV"]) / "bin/python"
# What may stand behind a language.
WORDS = ([], ["error"], ["run"], ["matplotlib"], ["run", "matplotlib"])


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """Examples change roles and pools: a cluster of their own."""
    settings = [f"launchpad.python={LIBRARIES}"] if LIBRARIES.exists() else []
    made = Cluster(*settings, extension=False)
    for role in ROLES:
        made.execute(f"CREATE ROLE {role} LOGIN")
    for database in DATABASES:
        made.execute(f"CREATE DATABASE {database}")
    yield made
    made.remove()


def runnable(page) -> bool:
    return any(example.runs for example in examples(page))


@pytest.mark.parametrize("page", [*filter(runnable, PAGES)], ids=lambda page: page.stem)
def test_page(page, server: Cluster, tmp_path):
    database = f"page_{page.stem.replace('-', '_').lower()}"
    server.execute(f"CREATE DATABASE {database}")
    found = examples(page)
    first = next(example for example in found if example.runs)
    if "CREATE EXTENSION pg_launchpad;" not in first.text:
        server.execute("CREATE EXTENSION pg_launchpad", dbname=database)
    runner = Runner(server, database, tmp_path, has_matplotlib=LIBRARIES.exists())
    for skipped in runner.run(found):
        warnings.warn(f"not run: {skipped}", stacklevel=1)
    server.execute(f"DROP DATABASE {database}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_all_others_have_a_reason(page):
    for example in examples(page):
        if example.runs:
            assert example.words in WORDS, example.place
        elif example.words[:1] == ["norun"]:
            assert example.words[1:2] and example.words[1] in NORUN, example.place
        else:
            assert example.language in SHOWN and not example.words, example.place

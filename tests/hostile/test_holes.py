"""That the hostile scripts would get through without a sandbox, and what each of its layers stops.

Without this, a script that is refused for a reason of its own would pass for one that is stopped.
"""

import shutil
import subprocess

import pytest

import holes
import table
from corpus import Script, scripts

needs_namespaces = pytest.mark.skipif(holes.missing() is not None, reason=str(holes.missing()))


@pytest.fixture(scope="module")
def built():
    folder = holes.build()
    yield folder
    shutil.rmtree(folder)


def through(found: dict[str, tuple]) -> set[str]:
    broken = {name: outcome for name, outcome in found.items() if outcome[0] == "broken"}
    assert not broken
    return {name for name, (outcome, _) in found.items() if outcome == "through"}


@needs_namespaces
def test_without_any_sandbox_they_get_through(built):
    all_of_them: list[Script] = scripts()
    found = holes.run(built, holes.EVERYTHING, all_of_them)
    meant = {script.name for script in all_of_them if script.name in found and not script.control}
    stopped = {name: found[name] for name in meant - through(found)}
    assert len(stopped) <= len(meant) / 10, stopped


@needs_namespaces
@pytest.mark.parametrize("layer", holes.GROUPS)
def test_without_one_layer(built, layer):
    """As the page says, but for what kernels do differently."""
    documented = {name for name, cells in table.rows().items() if layer in cells[5].split(", ")}
    asked = [script for script in scripts() if script.name in documented]
    if asked:
        found = through(holes.run(built, holes.GROUPS[layer].steps, asked))
        assert len(found) >= 0.9 * len(documented), documented - found


def test_page_has_every_script():
    """Else run tests/hostile/report."""
    documented = table.rows()
    for script in scripts():
        cells = documented.pop(script.name, None)
        assert cells is not None, f"{script.name} is not in {table.PAGE.name}"
        assert cells[:4] == table.cells(script)
    assert not documented, "scripts that are no more"


def test_nothing_installed_has_holes():
    """What the tests leave out cannot be left out of what is installed."""
    pkglibdir = subprocess.run(
        ["bash", "-c", 'source scripts/env.sh; "$PG_CONFIG" --pkglibdir'],
        cwd=holes.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
    installed = [
        path
        for path in (holes.Path(pkglibdir) / "pg_launchpad").rglob("*")
        if path.suffix == ".so" or path.name == "launchpadd"
    ]
    assert len(installed) == 3
    assert not [path for path in installed if b"LAUNCHPAD_HOLES" in path.read_bytes()]

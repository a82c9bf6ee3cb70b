"""That the hostile scripts would get through without a sandbox, and what each of its layers stops.

Without this, a script that is refused for a reason of its own would pass for one that is stopped.
"""

import shutil
import subprocess

import pytest

import omissions
import table
from cluster import LONG
from corpus import Script, scripts
from threats import ELSEWHERE, THREATS

# Each takes half a second or more. tests/hostile/report tries those that are new or changed.
STEP = 1 if LONG else 3
MISSING = omissions.missing()
needs_namespaces = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture(scope="module")
def built():
    folder = omissions.build()
    yield folder
    shutil.rmtree(folder)


def through(found: dict[str, tuple]) -> set[str]:
    broken = {name: outcome for name, outcome in found.items() if outcome[0] == "broken"}
    assert not broken
    return {name for name, (outcome, _) in found.items() if outcome == "through"}


@needs_namespaces
def test_without_any_sandbox_they_get_through(built):
    tried: list[Script] = scripts()[::STEP]
    found = omissions.run(built, omissions.EVERYTHING, tried)
    meant = {script.name for script in tried if script.name in found and not script.control}
    stopped = {name: found[name] for name in meant - through(found)}
    assert len(stopped) <= len(meant) / 10, stopped


@needs_namespaces
@pytest.mark.parametrize("layer", omissions.GROUPS)
def test_without_one_layer(built, layer):
    """All that the page says gets through: else the layer or the script is another than it was."""
    documented = {name for name, cells in table.rows().items() if layer in cells[5].split(", ")}
    assert bool(documented) != (layer in table.NOTHING), f"{layer} stops {documented or 'nothing'}"
    asked = [script for script in scripts() if script.name in documented]
    assert len(asked) == len(documented)
    tried = asked[::STEP]
    if tried:
        found = omissions.run(built, omissions.GROUPS[layer].steps, tried)
        meant = {script.name for script in tried}
        stopped = meant - through(found) - table.UNSTEADY.keys()
        assert not stopped, {name: found[name] for name in stopped}


def test_page_has_every_script():
    """Else run tests/hostile/report."""
    documented = table.rows()
    for script in scripts():
        cells = documented.pop(script.name, None)
        assert cells is not None, f"{script.name} is not in {table.PAGE.name}"
        assert cells[:4] == table.cells(script)
    assert not documented, "scripts that are no more"
    assert table.container(scripts()) in table.PAGE.read_text()


def test_every_threat_is_tried():
    """Or it is said why not; and the page says by which scripts."""
    tried = {row for script in scripts() for row in script.rows}
    assert tried <= THREATS.keys()
    assert THREATS.keys() - tried == ELSEWHERE.keys()
    assert table.threats(scripts()) in table.PAGE.read_text()


def test_nothing_installed_can_omit_steps():
    """What the tests leave out cannot be left out of what is installed."""
    pkglibdir = subprocess.run(
        ["bash", "-c", 'source scripts/env.sh; "$PG_CONFIG" --pkglibdir'],
        cwd=omissions.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
    installed = [
        path
        for path in (omissions.Path(pkglibdir) / "pg_launchpad/current").resolve().rglob("*")
        if path.suffix == ".so" or path.name == "launchpadd"
    ]
    assert len(installed) == 4  # launchpadd, each launcher's native part, what is preloaded
    assert not [path for path in installed if b"LAUNCHPAD_OMISSIONS" in path.read_bytes()]

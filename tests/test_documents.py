"""The manual's tables say what the code says."""

import re
from pathlib import Path

import psycopg
import pytest

from places import has_xml, places
from test_settings import LIMITS

ROOT = Path(__file__).resolve().parent.parent
MANUAL = "".join(page.read_text() for page in sorted((ROOT / "docs").glob("*.md")))


def table(mark: str) -> list[list[str]]:
    """The cells of the table behind the comment `<!-- mark: … -->`, without its head."""
    _, found = MANUAL.split(f"<!-- {mark}:")
    lines = found.splitlines()[1:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    assert len(rows) > 2, f"no table behind {mark}"
    return rows[2:]


def test_settings(connection):
    who = {"superuser": "superuser", "sighup": "configuration file", "user": "user"}
    limits = {f"launchpad.{name}" for name in LIMITS}
    # The default in the unit that SHOW would choose.
    found = connection.execute(
        """SELECT name, boot_val, unit, context, short_desc FROM pg_settings
           WHERE name LIKE 'launchpad.%'"""
    ).fetchall()

    def shown(value: str, unit: str | None) -> str:
        if unit is None or value in ("0", "-1"):
            return value
        if unit == "MB":
            value, unit = str(int(value) << 10), "kB"
        # A setting in each unit that takes any of the values.
        names = {"B": "launchpad.batch_size", "kB": "work_mem"}
        name = names.get(unit, "statement_timeout")
        connection.execute(f"SET {name} = '{value}{unit}'")
        (text,) = connection.execute(f"SHOW {name}").fetchone()
        connection.execute(f"RESET {name}")
        return text

    def default(name: str, value: str, unit: str | None) -> str:
        if name == "launchpad.memory_limit":
            return "a quarter of the host's memory"
        return shown(value, unit)

    def setter(name: str, context: str) -> str:
        return "user, to tighten" if name in limits else who[context]

    expected = sorted(
        [f"`{name}`", default(name, value, unit), setter(name, context), description]
        for name, value, unit, context, description in found
    )
    assert sorted(table("settings")) == expected


@pytest.mark.parametrize(
    "view", ["satellites", "pools", "stats", "script_stats", "environments", "imports", "settings"]
)
def test_views(view, connection):
    mark = "settings_view" if view == "settings" else view
    cursor = connection.execute(f"SELECT * FROM launchpad.{view} LIMIT 0")
    columns = [column.name for column in cursor.description]
    assert [cells[0] for cells in table(mark)] == columns


def test_types():
    source = (ROOT / "pure/types/src/lib.rs").read_text()
    rows = re.findall(r'row\("([^"]+)", (\d+), Kind::(\w+)\)', source)
    assert [name for name, _, _ in rows] == [cells[0] for cells in table("types")]
    kinds = (ROOT / "pure/types/src/kind.rs").read_text().split("fn arrow")[1].split("\n    }\n")[0]
    arrow = {}
    for names, result in re.findall(r"((?:Kind::\w+(?: \| )?)+) => DataType::(\w+)", kinds):
        for name in re.findall(r"Kind::(\w+)", names):
            arrow[name] = result
    for (_, _, kind), cells in zip(rows, table("types"), strict=True):
        assert cells[1].startswith(arrow[kind]), cells


def test_types_in_the_script(connection):
    """The third column, against a real script."""
    for name, _, python in table("types"):
        if name == "xml" and not has_xml(places("PG_CONFIG")["PG_CONFIG"]):
            continue
        value = {
            "boolean": "true",
            "bytea": "''",
            "interval": "'1 day'",
            "time without time zone": "'12:00'",
            "xml": "'<a/>'",
        }.get(name, "'1'")
        if name == "date" or name.startswith("timestamp"):
            value = "'2000-01-01'"
        (seen,) = connection.execute(
            "SELECT * FROM execute_external_script('Python', $$\n"
            "v = InputDataSet['v']\n"
            "kind = type(v[0]).__name__ if v.dtype == object else str(v.dtype)\n"
            "OutputDataSet = [(kind,)]\n"
            f"$$, $$SELECT {value}::{name} AS v$$) AS t(kind text)"
        ).fetchone()
        assert seen == python or seen.startswith(python + "["), (name, seen, python)


def test_types_in_r(connection):
    connection.execute("CREATE TYPE pg_temp.pair AS (a int, b text)")
    values = {
        "arrays": "'{1}'::int[]",
        "composites": "ROW(1, 'x')::pg_temp.pair",
        "everything else": "'::1'::inet",
    }
    classes = {"list of raw vectors": "list", "list of vectors": "list"}
    for names, told in table("types in R"):
        told = re.split("[;,:]| (?:column|in UTC)", told)[0]
        for name in [names] if names in values else names.split(", "):
            value = values.get(name, f"{SAMPLES.get(name, '1')}::{name}")
            (seen,) = connection.execute(
                "SELECT * FROM execute_external_script("
                "'R', 'OutputDataSet <- class(InputDataSet$v)[1]',"
                f" $$SELECT {value} AS v$$) AS t(class text)"
            ).fetchone()
            assert seen == classes.get(told, told), (name, seen, told)


SAMPLES = {
    "boolean": "true",
    "bytea": "''",
    "date": "'2000-01-01'",
    "timestamp": "'2000-01-01'",
    "timestamptz": "'2000-01-01'",
    "time": "'12:00'",
    "interval": "'1 day'",
}


@pytest.mark.parametrize("direction", ["documented", "raised"])
def test_errors(direction, connection):
    """Each SQLSTATE that the code raises is in the table, and the other way round."""
    source = (ROOT / "pure/fault/src/sqlstate.rs").read_text()
    states = dict(re.findall(r'const ([A-Z_]+): Self = SqlState\(\*b"(\w{5})"\)', source))
    folders = [ROOT / "src", ROOT / "pure", ROOT / "launchers/protocol"]
    files = [file for folder in folders for file in folder.glob("**/*.rs")]
    raised = set(re.findall(r"SqlState::([A-Z_]+)", "".join(file.read_text() for file in files)))
    assert raised == set(states)
    codes = set()
    for name in raised - {"INTERNAL_ERROR", "SUCCESSFUL_COMPLETION"}:
        # PL/pgSQL knows every condition by its name.
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(f"DO $do$ BEGIN RAISE {alias(name.lower())}; END $do$")
        assert caught.value.sqlstate == states[name], name
        codes.add(caught.value.sqlstate)
    documented = {code for cells in table("errors") for code in re.findall(r"\b\w{5}\b", cells[0])}
    # PostgreSQL raises these itself.
    documented_only = {"22003", "42P03"}
    if direction == "documented":
        assert documented - documented_only <= codes
    else:
        assert codes <= documented


def test_messages():
    """The headings of Troubleshooting are messages of the code, or stand in its specification."""
    page = (ROOT / "docs/troubleshooting.md").read_text()
    messages = re.findall(r"^### `(.*)`$", page, re.MULTILINE)
    assert len(messages) > 40
    folders = ["src", "pure", "launchers", "sql", "pg_regress"]
    kinds = {".rs", ".sql", ".py", ".R", ".out"}
    files = [file for folder in folders for file in (ROOT / folder).glob("**/*")]
    # As the code writes them, with quotes escaped and placeholders.
    texts = [file.read_text().replace('\\"', '"') for file in files if file.suffix in kinds]
    for message in messages:
        pattern = "[^\n]*?".join(re.escape(part) for part in message.split("…"))
        assert any(re.search(pattern, text) for text in texts), message


def alias(name: str) -> str:
    """Where PL/pgSQL's name of a condition is not the macro's."""
    return {"system_error": "SQLSTATE '58000'"}.get(name, name)

"""A third language, which only a debug build has: a launcher of a few lines (tests/toy) and an
entry in the table of languages. All that the other two have, it has without a word more."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cluster import Cluster, wait_until
from places import places
from test_check import LAYERS, check

LIBRARIES = subprocess.check_output([places("PG_CONFIG")["PG_CONFIG"], "--pkglibdir"], text=True)
TOY = Path(LIBRARIES.strip()) / "pg_launchpad/current/toy/launchpad-toy"

pytestmark = pytest.mark.skipif(not TOY.exists(), reason="only a debug build has the toy language")


@pytest.fixture(scope="module")
def toys() -> Iterator[Cluster]:
    made = Cluster(f"launchpad.toy={TOY}", "launchpad.warm_satellites=1")
    # Where there is nothing to grant a right on, nobody has it.
    error = failure(made, "echo")
    assert error.sqlstate == "42704", error
    assert "ALTER EXTENSION pg_launchpad UPDATE" in error.diag.message_hint
    # As the extension does for its own.
    made.execute(
        "CREATE TRUSTED LANGUAGE launchpad_toy"
        " HANDLER launchpad.language_handler VALIDATOR launchpad.language_validator"
    )
    made.execute("REVOKE USAGE ON LANGUAGE launchpad_toy FROM PUBLIC")
    made.execute("CREATE ROLE child LOGIN")
    made.execute("GRANT EXECUTE ON FUNCTION execute_external_script TO child")
    yield made
    made.remove()


def play(cluster: Cluster, script: str, query: str = "SELECT 1 AS x", **options) -> list[tuple]:
    return cluster.execute(
        f"SELECT * FROM execute_external_script('toy', $s${script}$s$, $q${query}$q$)"
        " AS t(x bigint)",
        **options,
    )


def failure(cluster: Cluster, script: str, **options) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        play(cluster, script, **options)
    return caught.value


def test_rows_go_through(toys):
    rows = play(toys, "echo", "SELECT generate_series(1, 100000) AS x")
    assert rows == [(number,) for number in range(1, 100001)]


def test_batches_come_back_during_the_query_and_after_it(toys):
    """What the first ones had looked up outlives the query, for the last ones."""
    with toys.connect() as connection:
        connection.execute("SET launchpad.batch_size = '64kB'")
        for _ in range(3):
            rows = connection.execute(
                "SELECT count(*), sum(x)::bigint, sum(length(y))::bigint"
                " FROM execute_external_script('toy', 'echo',"
                " 'SELECT i::int AS x, i::text AS y FROM generate_series(1, 300000) i')"
                " AS t(x bigint, y name)"
            ).fetchone()
            digits = sum(len(str(number)) for number in range(1, 300_001))
            assert rows == (300_000, 300_000 * 300_001 // 2, digits)


def test_its_integers_are_doubles(toys):
    with toys.connect() as connection:
        told = []
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
        connection.execute(
            "SELECT * FROM execute_external_script("
            "'TOY', 'echo', 'SELECT 1::bigint << 60 | 1 AS x') AS t(x bigint)"
        )
    (line,) = told
    assert line.endswith("became double precision in Toy")


def test_the_right_to_use_it(toys):
    error = failure(toys, "echo", user="child")
    assert error.sqlstate == "42501"
    assert error.diag.message_primary == "permission denied for language launchpad_toy"
    assert error.diag.message_hint == "GRANT USAGE ON LANGUAGE launchpad_toy TO …"
    toys.execute("GRANT USAGE ON LANGUAGE launchpad_toy TO child")
    assert play(toys, "echo", user="child") == [(1,)]


def test_failures_have_their_hints(toys):
    error = failure(toys, "broken")
    assert (error.sqlstate, error.diag.message_hint) == ("38000", None)
    assert error.diag.message_primary == "ToyError: broken"
    assert "Toy script, request" in error.diag.context
    full = failure(toys, "the box is full")
    assert full.sqlstate == "53200"
    assert full.diag.message_hint.startswith("launchpad.memory_limit is ")
    assert "launchpad.allow_exec" in failure(toys, "no other toys").diag.message_hint
    assert "too large" in failure(toys, "File too large").diag.message_primary
    # What is wrong with the request.
    with pytest.raises(psycopg.Error) as caught:
        toys.execute("SELECT * FROM execute_external_script('perl', '') AS t(x int)")
    assert caught.value.diag.message_hint == "The languages are 'Python', 'R' and 'Toy'."
    with pytest.raises(psycopg.Error, match="X1"):
        toys.execute(
            "SELECT * FROM execute_external_script('toy', '', params => '{\"X1\": 1}') AS t(x int)"
        )


def test_warm_satellites_and_views(toys):
    def warm() -> list[dict]:
        lines = toys.satellites()
        return [line for line in lines if (line["language"], line["state"]) == ("Toy", "warm")]

    wait_until(warm, 10)
    play(toys, "echo")
    wait_until(warm, 10)
    (environment,) = toys.execute(
        "SELECT to_jsonb(e) FROM launchpad.environments AS e WHERE language = 'Toy'"
    )
    expected = {"program": str(TOY), "state": "ready", "description": "a toy"}
    assert expected.items() <= environment[0].items()
    assert environment[0]["packages"]["building-bricks"] == "1.0"
    ((calls, starts),) = toys.execute(
        "SELECT sum(calls)::int, sum(warm_starts)::int FROM launchpad.stats WHERE language = 'Toy'"
    )
    assert calls >= 1 and starts >= 1
    rows = check(toys)
    for layer in ["environment", *LAYERS]:
        assert rows[f"Toy: {layer}"][0] in ("ok", "missing"), rows[f"Toy: {layer}"]
    assert rows["server: program for Toy"] == ("ok", str(TOY), "")


@pytest.mark.parametrize("encoding", ["LATIN1", "EUC_JP", "SQL_ASCII", "UTF8"])
def test_all_packages_in_any_encoding(toys, encoding):
    database = f"in_{encoding.lower()}"
    toys.execute(f"CREATE DATABASE {database} ENCODING {encoding} TEMPLATE template0 LOCALE 'C'")
    toys.execute("CREATE EXTENSION pg_launchpad", dbname=database)
    query = "SELECT packages FROM launchpad.environments WHERE language = 'Toy'"
    with toys.connect(dbname=database, client_encoding="UTF8") as session:
        (packages,) = session.execute(query).fetchone()
    assert len(packages) == 1001 and set(packages.values()) == {"1.0"}
    euro = "€" if encoding in ("SQL_ASCII", "UTF8") else "?"
    umlauts = encoding != "EUC_JP"
    assert not umlauts or f"größerer Ziegel für 1 {euro}, 999" in packages


def test_it_is_in_the_sandbox(toys):
    users = failure(toys, "show /etc/passwd").diag.message_primary
    assert users.startswith("ToyError: satellite:") and "root" not in users
    shown = failure(toys, f"show {toys.data}/PG_VERSION").diag.message_primary
    assert shown == "ToyError: No such file or directory (os error 2)"
    status = failure(toys, "show /proc/self/status").diag.message_primary
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status


@pytest.mark.parametrize(
    "program, hint",
    [
        ("/no/such/toy", "launchpad.toy must name a program that the server's user can execute."),
        ("/usr/bin/false", "launchpad.toy names the program that tests/toy becomes."),
    ],
)
def test_a_program_that_does_not_start(toys, program, hint):
    toys.execute(f"ALTER SYSTEM SET launchpad.toy = '{program}'")
    toys.execute("SELECT pg_reload_conf()")
    try:
        wait_until(lambda: toys.setting("launchpad.toy") == program)
        wait_until(lambda: check(toys)["Toy: environment"][0] == "failed", 10)
        error = failure(toys, "echo")
        assert error.diag.message_primary == "the Toy environment does not start"
        assert error.diag.message_hint == hint
    finally:
        toys.execute("ALTER SYSTEM RESET launchpad.toy")
        toys.execute("SELECT pg_reload_conf()")
    wait_until(lambda: check(toys)["Toy: environment"][0] == "ok", 10)

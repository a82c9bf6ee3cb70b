"""What an error shows to the client: bounded texts, nothing of our own source or folders."""

import re

import psycopg
import pytest

from calls import SLEEP, RunningCall
from cluster import Cluster

# Anything of how and where the extension was built, or of a Rust backtrace.
OURS = re.compile(
    r"\.rs\b|pgrx|rustc|cargo|backtrace|stack frame|/root|/home|/work|\bsrc/|launchers/"
)
PARTS = (
    "message_primary",
    "message_detail",
    "message_hint",
    "context",
    "source_file",
    "source_function",
    "internal_query",
)


def failure(connection: psycopg.Connection, script: str, declared: str, rest: str = ""):
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(
            f"SELECT * FROM execute_external_script('Python', $s${script}$s${rest})"
            f" AS t(c {declared})"
        )
    return caught.value.diag


@pytest.fixture
def traced(own_cluster) -> Cluster:
    """A server whose environment asks Rust for backtraces, as a careless service file would."""
    cluster = own_cluster()
    folder = cluster.execute("SELECT setting FROM pg_config() WHERE name = 'BINDIR'")[0][0]
    wrapper = cluster.data.parent / "postgres"
    wrapper.write_text(
        f'#!/bin/sh\nRUST_BACKTRACE=full RUST_LIB_BACKTRACE=1 exec {folder}/postgres "$@"\n'
    )
    wrapper.chmod(0o755)
    cluster.ctl("stop")
    cluster.ctl("start", "-p", str(wrapper))
    with open(f"/proc/{cluster.postmaster()}/environ", "rb") as file:
        assert b"RUST_BACKTRACE=full" in file.read()
    return cluster


def test_no_path_and_no_backtrace(traced):
    with traced.connect() as connection:
        connection.execute(
            """CREATE FUNCTION never(text) RETURNS bool LANGUAGE plpgsql AS
            $$BEGIN RAISE 'never: %', $1; END$$;
            CREATE DOMAIN refused AS text CHECK (never(VALUE))"""
        )
        one = "OutputDataSet = [('x',)]"
        failures = {
            "P0001": failure(connection, one, "refused"),
            "22P02": failure(connection, one, "int"),
            "22012": failure(connection, one, "text", ", 'SELECT 1 / 0 AS x'"),
            "42703": failure(connection, one, "text", ", 'SELECT nothing'"),
            "42601": failure(connection, one, "text", ", 'SELECT 1; SELECT 2'"),
            "42804": failure(connection, "OutputDataSet = [(1, 2)]", "text"),
            "38000": failure(connection, "raise ValueError('mine')", "text"),
        }
        connection.execute("SET statement_timeout = '500ms'")
        failures["57014"] = failure(connection, "while True: pass", "text")
        connection.execute("RESET statement_timeout")
        broken = "import os; os.write(4, b'garbage'); os._exit(0)"
        failures["38000 garbage"] = failure(connection, broken, "text")
        killed = "import os; os.kill(os.getpid(), 11)"
        failures["38000 killed"] = failure(connection, killed, "text")
    for name, diagnostic in failures.items():
        assert diagnostic.sqlstate == name[:5], name
        for part in PARTS:
            text = getattr(diagnostic, part) or ""
            assert not OURS.search(text), f"{name}, {part}: {text}"
    assert failures["P0001"].message_primary == "never: x"


def test_long_texts_are_cut(connection):
    raised = failure(connection, "raise ValueError('<' + 'ä' * 20000 + '>')", "int")
    assert raised.message_primary.startswith("ValueError: <ää")
    assert raised.message_primary.endswith("ä>")
    assert " … " in raised.message_primary
    assert len(raised.message_primary.encode()) <= 1024
    # Of a traceback the beginning and the end are kept.
    script = "def f(n):\n    g(n)\ndef g(n):\n" + "    # long\n" * 50
    script += "    n > 900 and 1 / 0\n    f(n + 1)\n" * 20 + "f(0)"
    raised = failure(connection, script, "int")
    assert raised.message_detail.startswith('Traceback (most recent call last):\n  File "<script>"')
    assert "\n…\n" in raised.message_detail or len(raised.message_detail) < 6 * 1024
    assert len(raised.message_detail.encode()) <= 6 * 1024
    assert raised.message_detail.endswith(raised.message_primary.split("(")[0])
    # What a line of output holds arrives whole, in pieces if it has to.
    heard = []
    connection.add_notice_handler(lambda diagnostic: heard.append(diagnostic.message_primary))
    connection.execute(
        "SELECT * FROM execute_external_script('Python', "
        "$$OutputDataSet = print('ä' * 20000) or 1$$) AS t(c int)"
    )
    assert "".join(heard) == "ä" * 20000


def test_the_queue_timeout_is_the_one_that_the_call_began_with(own_cluster):
    """Its input query is planned before a satellite is asked for, and can set another."""
    cluster = own_cluster("launchpad.max_satellites=1")
    first = RunningCall(cluster, SLEEP)
    first.wait_for("running")
    with cluster.connect() as connection:
        connection.execute(
            """CREATE FUNCTION planned() RETURNS text IMMUTABLE LANGUAGE plpgsql AS
            $$BEGIN RETURN set_config('launchpad.queue_timeout', '5s', false); END$$"""
        )
        connection.execute("SET launchpad.queue_timeout = '200ms'")
        refused = failure(connection, "pass", "int", ", 'SELECT planned() AS a'")
    assert refused.sqlstate == "53300"
    assert "launchpad.queue_timeout (200 ms)" in refused.message_primary
    first.connection.cancel()
    first.ended()


def test_texts_have_no_nul_and_are_text(connection):
    raised = failure(connection, "raise ValueError('a\\0b\\udc80c')", "int")
    assert raised.message_primary == "ValueError: a\\x00b\\udc80c"
    named = failure(connection, "OutputDataSet = pandas.DataFrame({'a\\0b': [1], 'c': [2]})", "int")
    assert "\0" not in named.message_detail

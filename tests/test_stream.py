"""The data path under load: full pipes both ways, bounded memory, output as it comes."""

import threading
import time

import psycopg
import pytest

from calls import statement


def private_memory(pid: int) -> int:
    """KiB that only this process has."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        values = dict(line.split(":") for line in file.read().splitlines()[1:])
    return sum(int(values[name].split()[0]) for name in ("Private_Clean", "Private_Dirty"))


TALKING = {
    "Python": "print('x' * 10000000)\nOutputDataSet = [(len(InputDataSet),)]",
    "R": "cat(strrep('x', 1e7), '\n')\nOutputDataSet <- nrow(InputDataSet)",
}


@pytest.mark.parametrize("language", TALKING)
def test_stdout_fills_while_input_is_sent(connection, language):
    """The script talks before it has read its input: neither side may wait for the other."""
    connection.execute("SET client_min_messages = error")
    query = "SELECT g FROM generate_series(1, 500000) AS g"
    rows = connection.execute(statement(TALKING[language], query, language)).fetchall()
    assert rows == [(500000,)]


def test_backend_memory_is_bounded_while_sending(connection):
    """Ten times the rows, the same memory: batches are sent, not kept."""
    pid = connection.info.backend_pid
    grown = []
    for rows in (200_000, 2_000_000):
        connection.execute(
            statement(
                "OutputDataSet = [(len(InputDataSet),)]",
                f"SELECT g, g * 0.5::float8 AS h FROM (SELECT generate_series(1, {rows}) AS g) s",
            )
        ).fetchall()
        grown.append(private_memory(pid))
    assert grown[1] - grown[0] < 32 * 1024, grown


STARTED = {
    "Python": "import time\nprint('started', flush=True)\ntime.sleep(1e9)",
    # Nobody flushes it.
    "R": "cat('started\n')\nSys.sleep(1e9)",
}


@pytest.mark.parametrize("language", STARTED)
def test_output_arrives_while_the_script_runs(connection, language):
    heard = threading.Event()
    connection.add_notice_handler(lambda _: heard.set())

    def run():
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute(statement(STARTED[language], language=language))

    call = threading.Thread(target=run)
    call.start()
    arrived = heard.wait(5)
    connection.cancel()
    call.join(5)
    assert arrived
    assert not call.is_alive()


DYING = {
    "Python": "import os\nos._exit(9)",
    "R": "tools::pskill(Sys.getpid(), tools::SIGKILL)",
}


@pytest.mark.parametrize("language", DYING)
def test_a_script_that_does_not_read_its_input_and_dies(connection, language):
    began = time.monotonic()
    query = "SELECT repeat('x', 1000) AS t FROM generate_series(1, 100000)"
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement(DYING[language], query, language))
    assert caught.value.sqlstate == "38000"
    assert time.monotonic() - began < 10


def test_many_batches_there_and_back(connection):
    """NULL comes in the last batch alone, and makes integers floats in pandas."""
    columns = {
        "g": "int8",
        "s": "int2",
        "i": "int4",
        "b": "int8",
        "o": "oid",
        "f": "float8",
        "t": "text",
        "l": "boolean",
        "d": "date",
        "m": "timestamptz",
    }
    query = """
        SELECT g, (g % 1000)::int2 AS s, g::int4 AS i, g * 1000 AS b, g::oid AS o,
               g / 7::float8 AS f, 'row ' || g AS t,
               g % 3 = 0 AS l, '2024-02-29'::date + g::int4 % 1000 AS d, to_timestamp(g) AS m
        FROM generate_series(1, 100000::int8) AS g
        UNION ALL SELECT 100001, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"""
    returned = statement("OutputDataSet = InputDataSet", query)
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    returned = returned.replace("t(a int)", f"t({declared})")
    connection.execute(f"CREATE TEMP TABLE came AS {returned}")
    assert connection.execute("SELECT count(*) FROM came").fetchall() == [(100_001,)]
    lost = connection.execute(f"SELECT * FROM ({query}) AS q EXCEPT ALL SELECT * FROM came")
    assert lost.fetchall() == []

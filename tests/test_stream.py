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


def test_stdout_fills_while_input_is_sent(connection):
    """The script talks before it has read its input: neither side may wait for the other."""
    connection.execute("SET client_min_messages = error")
    rows = connection.execute(
        statement(
            "print('x' * 10000000)\nOutputDataSet = [(len(InputDataSet),)]",
            "SELECT g FROM generate_series(1, 500000) AS g",
        )
    ).fetchall()
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


def test_output_arrives_while_the_script_runs(connection):
    heard = threading.Event()
    connection.add_notice_handler(lambda _: heard.set())
    script = "import time\nprint('started', flush=True)\ntime.sleep(1e9)"

    def run():
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute(statement(script))

    call = threading.Thread(target=run)
    call.start()
    arrived = heard.wait(5)
    connection.cancel()
    call.join(5)
    assert arrived
    assert not call.is_alive()


def test_a_script_that_does_not_read_its_input_and_dies(connection):
    began = time.monotonic()
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(
            statement(
                "import os\nos._exit(9)",
                "SELECT repeat('x', 1000) AS t FROM generate_series(1, 100000)",
            )
        )
    assert caught.value.sqlstate == "38000"
    assert time.monotonic() - began < 10

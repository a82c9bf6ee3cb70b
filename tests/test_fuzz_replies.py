"""Streams changed at random, sent by a satellite to a server: each ends in rows or in an error of
its call, soon, in the same backend, which does not grow.

The inputs are those of tests/forge/src/fuzz, of a seed and an index: FUZZ_SEED=1 FUZZ_ONLY=17
sends one of them. `make fuzz` sends others for FUZZ_SECONDS.
"""

import os
import subprocess
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cluster import PATIENCE
from test_hostile_replies import FRAMES, ROOT, peak

SEED = int(os.environ.get("FUZZ_SEED") or 1)
ONLY = os.environ.get("FUZZ_ONLY")
SECONDS = os.environ.get("FUZZ_SECONDS")
# Of the run that is always the same.
INPUTS = 250
# Written at once.
PART = 250
# Where the streams that cost more than they weigh begin, and how many of them are sent.
SCENES_FROM = 1 << 32
SCENES = 26

# What a stream can be refused with, or a value by the declared type's input function or cast.
ALLOWED = {
    "38000",  # the stream
    "42804",  # its columns
    "53400",  # launchpad.max_result_size
    "54000",  # a row or an array that PostgreSQL cannot hold
    "22P02",
    "22P03",
    "22P05",
    "22001",
    "22003",
    "22007",
    "22008",
    "22021",
    "22023",
    "22026",
    "22030",
    "22032",
    "0A000",
}

SENDER = f"""{FRAMES}
import zlib
send(zlib.decompress(stream))
say(done(ROWS))
leave()
"""


@dataclass
class Input:
    index: int
    budget: int
    rows: int
    valid: bool
    types: str
    columns: str
    changes: str
    stream: bytes


def written(folder: Path, first: int, count: int) -> Iterator[Input]:
    """Inputs from `first` on."""
    environment = {"FUZZ_SEED": str(SEED), "FUZZ_FROM": str(first), "FUZZ_INPUTS": str(count)}
    subprocess.run(
        [ROOT / "scripts/fuzz", "--inputs", folder],
        check=True,
        capture_output=True,
        env=os.environ | environment,
    )
    for line in (folder / "index").read_text().splitlines():
        index, budget, rows, valid, types, columns, changes = line.split("\t")
        file = folder / index
        stream = file.read_bytes()
        file.unlink()
        yield Input(
            int(index), int(budget), int(rows), valid == "true", types, columns, changes, stream
        )


def send(connection: psycopg.Connection, each: Input) -> str:
    """Lets a satellite send it: 'whole', or the SQLSTATE of the error."""
    packed = zlib.compress(each.stream, 1)
    script = SENDER.replace("ROWS", str(each.rows))
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"SET launchpad.max_result_size = '{each.budget // 1024 + 1}kB'")
            if each.types:
                connection.execute(each.types)
            with connection.cursor(binary=False) as cursor:
                cursor.execute(
                    f"SELECT * FROM execute_external_script('Python', $s${script}$s$, NULL,"
                    " (SELECT p FROM (SELECT %s::bytea AS stream) AS p))"
                    f" AS t({each.columns})",
                    [packed],
                )
                came = cursor.rowcount
    except psycopg.Error as error:
        return error.sqlstate or f"no SQLSTATE: {error}"
    return "whole" if came == each.rows else f"{came} rows instead of {each.rows}"


def inputs(folder: Path) -> Iterator[Input]:
    if ONLY:
        yield from written(folder, int(ONLY), 1)
        return
    end = time.monotonic() + float(SECONDS or 0)
    yield from written(folder, SCENES_FROM, SCENES)
    first = 0
    while first < INPUTS if SECONDS is None else time.monotonic() < end:
        for each in written(folder, first, PART):
            if SECONDS is not None and time.monotonic() > end:
                return
            yield each
        first += PART


def test_changed_streams(cluster, tmp_path):
    ends = Counter()
    wrong = []
    with cluster.connect() as connection:
        connection.execute("SET statement_timeout = '60s'")
        connection.prepare_threshold = None
        backend = connection.info.backend_pid
        for each in inputs(tmp_path):
            Path(f"/proc/{backend}/clear_refs").write_text("5")
            before = peak(connection)
            began = time.monotonic()
            end = send(connection, each)
            seconds = time.monotonic() - began
            which = f"FUZZ_SEED={SEED} FUZZ_ONLY={each.index} ({each.changes}): {end}"
            assert not connection.closed, which
            grown = peak(connection) - before
            ends[end] += 1
            if end != "whole" and end not in ALLOWED:
                wrong.append(which)
            if each.valid and end != "whole":
                wrong.append(f"{which}, but it is valid")
            if grown > 64 + 4 * (each.budget >> 20):
                wrong.append(f"{which}: {grown} MiB")
            if seconds > 2 * PATIENCE:
                wrong.append(f"{which}: {seconds:.1f} s")
    print(f"FUZZ_SEED={SEED}: {dict(ends.most_common())}")
    assert not wrong, "\n".join(wrong)
    if SECONDS is None and not ONLY:
        assert ends["whole"] > INPUTS / 20
        assert ends["38000"] > INPUTS / 20
        assert len(ends) >= 5

"""Libraries that wait for events in ways of their own: scripts lack epoll's system calls, and what
calls the C library's epoll gets one that is made of poll.
"""

from collections.abc import Callable

import psycopg
import pytest

from cluster import Cluster


@pytest.fixture
def texts(libraries: Cluster) -> Callable[..., list[str]]:
    """The texts that a script returns, to a role without any right of its own or to one that may
    start programs."""

    def returned(script: str, language: str = "Python", user: str = "plain") -> list[str]:
        call = f"execute_external_script('{language}', $script${script}$script$)"
        rows = libraries.execute(
            f"SELECT t FROM {call} AS (t text)",
            user=user,
            options="-c statement_timeout=60s",
        )
        return [text for (text,) in rows]

    return returned


def test_polars(texts):
    assert texts(
        """
import polars
frame = polars.DataFrame({"kind": [1, 2, 2, 3], "number": [1.0, 2.0, 3.0, 4.0]})
sums = frame.group_by("kind").agg(polars.col("number").sum()).sort("kind")
OutputDataSet = sums.select(polars.col("number").cast(polars.String))
"""
    ) == ["1.0", "5.0", "4.0"]


def test_polars_reads_and_writes_files_and_streams(texts):
    assert (
        texts(
            """
import asyncio, polars
numbers = polars.LazyFrame({"n": range(100_000)})
numbers.sink_parquet("numbers.parquet")
numbers.sink_csv("numbers.csv")
total = polars.col("n").sum()
read = [
    polars.scan_parquet("numbers.parquet").select(total).collect(engine="streaming"),
    polars.scan_csv("numbers.csv").select(total).collect(),
    polars.read_csv("numbers.csv").select(total),
]

async def collected():
    return await numbers.select(total).collect_async()

read.append(asyncio.run(collected()))
OutputDataSet = polars.DataFrame({"t": [str(frame.item()) for frame in read]})
"""
        )
        == ["4999950000"] * 4
    )


UVLOOP = """
import asyncio, time, uvloop

async def echo(reader, writer):
    writer.write((await reader.readline()).upper())
    writer.close()

async def main():
    await asyncio.sleep(0.01)
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.01) for _ in range(3)))
    server = await asyncio.start_unix_server(echo, "socket")
    reader, writer = await asyncio.open_unix_connection("socket")
    writer.write(b"x" * 50000 + b"\\n")
    line = await reader.readline()
    writer.close()
    server.close()
    return str(len(line)) + line[:1].decode()

OutputDataSet = [(uvloop.run(main()),)]
"""


def test_uvloop(texts):
    assert texts(UVLOOP) == ["50001X"]


def test_uvloop_and_programs(texts):
    assert texts(
        """
import asyncio, uvloop

async def main():
    program = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    told, _ = await program.communicate(b"told")
    return told.decode() + str(program.returncode)

OutputDataSet = [(uvloop.run(main()),)]
""",
        user="runner",
    ) == ["told0"]


def test_gevent(texts):
    assert texts(
        """
from gevent import monkey
monkey.patch_all()
import gevent, socket
one, other = socket.socketpair()

def tell():
    gevent.sleep(0.01)
    other.sendall(b"told")

gevent.spawn(tell)
OutputDataSet = [(one.recv(4).decode(),)]
"""
    ) == ["told"]


def test_pyzmq(texts):
    script = """
import zmq
context = zmq.Context()
one, other = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
one.bind("inproc://here")
other.connect("inproc://here")
other.send(b"told")
OutputDataSet = [(one.recv().decode(),)]
"""
    # It ends with threads that wait, as scripts leave them.
    for _ in range(5):
        assert texts(script) == ["told"]


def test_asyncio_and_programs(texts):
    assert texts(
        """
import asyncio, multiprocessing, subprocess

async def main():
    program = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    told, _ = await program.communicate(b"told")
    return told.decode()

with multiprocessing.Pool(2) as pool:
    OutputDataSet = [
        (asyncio.run(main()),),
        (subprocess.run(["echo", "-n", "told"], capture_output=True, text=True).stdout,),
        (str(pool.map(abs, [-1, -2])),),
    ]
""",
        user="runner",
    ) == ["told", "told", "[1, 2]"]


def test_programs_have_it_too(texts):
    """A program's own polars, in joblib's processes, for example."""
    assert texts(
        """
import subprocess, sys
script = "import polars; print(polars.DataFrame({'n': [1, 2]}).select(polars.sum('n')).item())"
done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
OutputDataSet = [(done.stdout,)]
""",
        user="runner",
    ) == ["3\n"]


def test_epoll_itself_is_refused(texts):
    """What calls the kernel and not the C library is told what to do."""
    with pytest.raises(psycopg.Error) as refused:
        texts(
            """
import ctypes, os, platform
number = {"x86_64": 291, "aarch64": 20}[platform.machine()]
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(number, 0) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""
        )
    assert "[Errno 38]" in refused.value.diag.message_primary
    assert "epoll" in refused.value.diag.message_hint


def test_later(texts):
    script = """
library(later)
runs <- 0
later(function() runs <<- runs + 1, 0.01)
while (runs == 0) run_now(1)
OutputDataSet <- as.character(runs)
"""
    assert texts(script, "R") == ["1"]


PROCESSX = """
library(processx)
program <- process$new("sh", c("-c", "sleep 0.05; echo told"), stdout = "|")
poll(list(program), 10000)
OutputDataSet <- c(program$read_output_lines(), trimws(run("echo", "told")$stdout))
"""


def test_processx(texts):
    assert texts(PROCESSX, "R", "runner") == ["told", "told"]
    with pytest.raises(psycopg.Error) as refused:
        texts(PROCESSX, "R")
    assert "launchpad.allow_exec" in refused.value.diag.message_hint

"""Libraries near the memory limit: OpenBLAS, which SciPy and scikit-learn bring along, asks for its
buffer until it gets it; the loader finds no place for a library.
"""

import time

import psycopg
import pytest

from cluster import LONG, PATIENCE, Cluster
from oracle import LeakOracle

# Takes what is missing to so many MB below the limit, filled or only reserved; loads libraries.
SCRIPT = """
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
reserved = int(status["VmData"].split()[0]) << 10
ballast = {make}(max(({limit} - {gap} << 20) - reserved, 0))
import sklearn.linear_model
OutputDataSet = [(1,)]
"""
# What CPython itself says, now and then, when it has no memory to say more.
ODD = "SystemError: error return without exception set"
# A library that asks for ever, whatever for.
ASKS = """
import ctypes
mmap = ctypes.CDLL(None).mmap
mmap.restype = ctypes.c_void_p
mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
while mmap(None, 1 << 40, 3, 0x22, -1, 0) == ctypes.c_void_p(-1).value:
    pass
"""
TRIES = """
import ctypes, time
mmap = ctypes.CDLL(None).mmap
mmap.restype = ctypes.c_void_p
mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
end = time.monotonic() + 3
while time.monotonic() < end:
    for _ in range(900):
        assert mmap(None, 1 << 40, 3, 0x22, -1, 0) == ctypes.c_void_p(-1).value
    libc_gave = mmap(None, 4096, 0, 0x22, -1, 0)
    assert libc_gave != ctypes.c_void_p(-1).value
OutputDataSet = [(1,)]
"""


def outcome(cluster: Cluster, script: str, limit: int) -> psycopg.Error | list[tuple]:
    began = time.monotonic()
    with cluster.connect(user="plain", options="-c statement_timeout=60s") as session:
        session.execute(f"SET launchpad.memory_limit = '{limit}MB'")
        try:
            call = f"execute_external_script('Python', $script${script}$script$)"
            return session.execute(f"SELECT * FROM {call} AS t (a int)").fetchall()
        except psycopg.Error as error:
            return error
        finally:
            assert time.monotonic() - began < 15 * PATIENCE


@pytest.mark.parametrize("limit", [128, 256] if LONG else [128])
def test_libraries_are_loaded_or_it_is_the_limit(libraries, limit):
    """Each ends within seconds."""
    oracle = LeakOracle(libraries)
    loaded = []
    for make in ("bytearray", "b'x'.__mul__"):
        for gap in (-60, -40, -20, 0, 10, 20, 40, 80):
            found = outcome(libraries, SCRIPT.format(make=make, limit=limit, gap=gap), limit)
            if isinstance(found, psycopg.Error) and ODD in str(found):
                continue
            if isinstance(found, psycopg.Error):
                assert found.sqlstate == "53200", (make, gap, found)
                assert found.diag.message_hint == f"launchpad.memory_limit is {limit} MB."
            else:
                assert found == [(1,)]
                loaded.append(gap)
    # With room there is no error, at the least limit neither.
    assert loaded.count(80) == 2
    oracle.check()


def test_who_asks_for_ever_ends(libraries):
    error = outcome(libraries, ASKS, 512)
    assert isinstance(error, psycopg.Error) and error.sqlstate == "53200"
    assert "asks again and again for memory that is refused" in error.diag.message_detail
    assert error.diag.message_hint == "launchpad.memory_limit is 512 MB."


def test_who_gets_something_in_between_goes_on(libraries):
    assert outcome(libraries, TRIES, 512) == [(1,)]

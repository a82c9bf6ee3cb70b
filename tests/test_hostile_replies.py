"""What a hostile satellite may send is an error of its call, and of nothing else.

The streams are those of tests/forge/src/hostile, which are decoded without a server too; here a
script writes them to its output pipe and forges the messages of the control channel.
"""

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from forged import FRAMES, R_FRAMES

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Stream:
    name: str
    sqlstate: str
    data: bytes


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("streams")
    subprocess.run([ROOT / "scripts/fuzz", "--corpus", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def good(corpus) -> bytes:
    return (corpus / "good").read_bytes()


def call(
    connection: psycopg.Connection, script: str, stream: bytes = b"", language: str = "Python"
) -> list[tuple]:
    tools = FRAMES if language == "Python" else R_FRAMES
    return connection.execute(
        f"SELECT * FROM execute_external_script('{language}', $s${tools}\n{script}$s$, NULL,"
        " (SELECT p FROM (SELECT %s::bytea AS stream) AS p)) AS t(i int8, t text, b bool)",
        [stream],
    ).fetchall()


def peak(connection: psycopg.Connection) -> int:
    """MiB of memory that the backend has ever had."""
    status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def resident(connection: psycopg.Connection) -> int:
    """MiB of memory that the backend has now."""
    status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


GOOD = [(1, "a", True), (None, "ä", None), (3, None, False)]


HONEST = {
    "Python": "send(stream); say(done(6)); leave()",
    "R": "send(stream); done(6); leave()",
}


@pytest.mark.parametrize(
    "content",
    [
        "b''",
        "bytes(8192)",
        "b'\\xff' * 8192",
        "os.urandom(8192)",
        # One entry, more than one, and a name that lies beyond the end.
        "b'\\1\\4evil\\x80\\x80\\x80\\x80\\x80\\x80\\x80\\x80\\x80\\1'",
        "b'\\x41' + b'\\1a\\1' * 65",
        "b'\\1' + number(2**60)",
        "b'\\2\\x0a../../evil\\1\\6a b;c\\n\\1'",
    ],
)
def test_what_a_script_says_that_it_has_imported(connection, good, content):
    """It is passed on unread, and nobody takes it for more than it is."""
    for _ in range(3):
        script = f"say(report({content})); send(stream); say(done(6)); leave()"
        assert len(call(connection, script, good)) == 6
    rows = connection.execute("SELECT module FROM launchpad.imports").fetchall()
    assert not [module for (module,) in rows if not module.isidentifier()]


@pytest.mark.parametrize(
    "language", ["Python", pytest.param("R", marks=pytest.mark.once)], ids=HONEST
)
def test_streams(connection, corpus, good, language):
    """Each of them, one after the other, in one session, with calls that work in between."""
    connection.execute("SET launchpad.max_result_size = '1MB'")
    lines = [line.split("\t") for line in (corpus / "index").read_text().splitlines()]
    streams = [Stream(name, code, (corpus / file).read_bytes()) for file, code, name in lines]
    assert len(streams) >= 60
    honest = HONEST[language]
    assert call(connection, honest, good, language) == GOOD * 2
    before = peak(connection)
    wrong = []
    for stream in streams:
        began = time.monotonic()
        try:
            rows = call(connection, honest, stream.data, language)
            wrong.append(f"{stream.name}: {len(rows)} rows")
        except psycopg.Error as error:
            assert not connection.closed, f"{stream.name}: {error}"
            if error.sqlstate != stream.sqlstate:
                wrong.append(f"{stream.name}: {error.sqlstate} {error}")
            if len(str(error)) > 8192:
                wrong.append(f"{stream.name}: {len(str(error))} characters of error")
        if time.monotonic() - began > 5:
            wrong.append(f"{stream.name}: {time.monotonic() - began} s")
    assert not wrong, "\n".join(wrong)
    assert call(connection, honest, good, language) == GOOD * 2
    assert peak(connection) - before < 128


# Name, script (`stream` is a good stream of six rows), words of the error.
FORGED = [
    ("too few announced", "send(stream); say(done(5)); leave()", "6 rows came, 5 were announced"),
    ("too many announced", "send(stream); say(done(2**64 - 1)); leave()", "6 rows came"),
    ("none announced", "send(stream); say(done()); leave()", "unexpected kind"),
    ("announced but not sent", "say(done(6)); leave()", "before its end marker"),
    ("done before half", "say(done(6)); send(stream[:-50]); leave()", "before its end marker"),
    ("more after done", "send(stream); say(done(6)); send(b'x'); leave()", "follow the end"),
    ("two dones", "send(stream); say(done(6), done(6)); leave()", "malformed"),
    (
        "two dones, one later",
        "send(stream); say(done(6)); time.sleep(0.2); say(done(6)); time.sleep(9)",
        "malformed",
    ),
    ("done, then failed", "say(done(6), raised('E', 'm', '')); leave()", "malformed"),
    ("done and half a frame", "send(stream); say(done(6) + b'\\x05\\0'); leave()", "malformed"),
    ("not a word", "send(stream); leave()", "exited with status 0"),
    ("nothing at all", "leave()", "exited with status 0"),
    ("half a frame", "send(stream); say(done(6)[:-1]); leave()", "exited with status 0"),
    ("half a header", "send(stream); say(done(6)[:3]); leave()", "exited with status 0"),
    ("done, but status 3", "send(stream); say(done(6)); leave(3)", "exited with status 3"),
    (
        "done, but killed",
        "send(stream); say(done(6)); os.kill(os.getpid(), signal.SIGABRT)",
        "SIGABRT",
    ),
    ("garbage", "say(os.urandom(9) + b'\\x7f' * 99); leave()", ""),
    ("text", "say(b'hello, world'); leave()", "longer than the limit"),
    ("an empty frame", "say(frame(b'')); leave()", "malformed"),
    ("zeros", "say(bytes(4096)); leave()", "malformed"),
    ("a huge frame", "say(b'\\xff' * 4); leave()", "longer than the limit"),
    ("past the limit by one", "say((2**20 + 1).to_bytes(4, 'little')); leave()", "longer than"),
    ("a frame that never comes", "say((2**20).to_bytes(4, 'little')); leave()", "status 0"),
    ("an unknown message", "say(frame(b'\\x09')); leave()", "malformed"),
    ("an unknown failure", "say(frame(b'\\1\\x09')); leave()", "malformed"),
    ("bytes after a message", "say(frame(done(6)[4:] + b'x')); leave()", "malformed"),
    ("a number too long", "say(frame(b'\\0\\1' + b'\\xff' * 11)); leave()", "malformed"),
    ("a text beyond its frame", "say(frame(b'\\1\\2' + number(2**40))); leave()", "malformed"),
    ("a text that is none", "say(raised('E', b'\\xff\\xfe', '')); leave()", "malformed"),
    ("variables nobody wants", "say(params('{}'), done(6)); leave()", "malformed"),
    ("two reports of imports", "say(report(b'\\0'), report(b'\\0')); leave()", "malformed"),
    ("a long report of imports", "say(report(bytes(8193))); leave()", "malformed"),
    ("a report after the end", "send(stream); say(done(6), report(b'\\0')); leave()", "malformed"),
    ("a flood of variables", "while True: say(params(bytes(1 << 19)))", "malformed"),
    (
        "a flood of texts",
        "say(raised('K' * 300000, 'm' * 300000, 't' * 300000)); leave()",
        "KKK",
    ),
    (
        "a piece of variables beyond its frame",
        "say(frame(b'\\2' + number(2**62))); leave()",
        "malf",
    ),
    ("NULs in a text", "say(raised('E', 'a\\0b', 'c\\0d')); leave()", "E: a\\x00b"),
]


@pytest.mark.parametrize(
    ("script", "words"),
    [each[1:] for each in FORGED],
    ids=[each[0] for each in FORGED],
)
def test_forged_messages(session, good, script, words):
    before = peak(session)
    with pytest.raises(psycopg.Error) as caught:
        call(session, script, good)
    assert caught.value.sqlstate == "38000"
    assert words in str(caught.value)
    shown = caught.value.diag
    assert len(shown.message_primary.encode()) <= 1024
    assert len((shown.message_detail or "").encode()) <= 6 * 1024
    assert call(session, "send(stream); say(done(6)); leave()", good) == GOOD * 2
    assert peak(session) - before < 64


# The same kinds from R.
R_FORGED = [
    ("too few announced", "send(stream); done(5); leave()", "6 rows came, 5 were announced"),
    ("too many announced", "send(stream); done(2^60); leave()", "6 rows came"),
    ("none announced", "send(stream); done(); leave()", "unexpected kind"),
    ("announced but not sent", "done(6); leave()", "before its end marker"),
    ("done before half", "done(6); send(head(stream, -50)); leave()", "before its end marker"),
    ("two dones", "send(stream); done(6); done(6); leave()", "malformed"),
    ("done, then failed", "done(6); raised('E', 'm', ''); leave()", "malformed"),
    ("not a word", "send(stream); leave()", "exited with status 0"),
    ("done, but status 3", "send(stream); done(6); leave(3L)", "exited with status 3"),
    ("done, but killed", "send(stream); done(6); tools::pskill(Sys.getpid(), 6)", "SIGABRT"),
    ("variables nobody wants", "params('{}'); done(6); leave()", "malformed"),
    ("a second answer", "send(stream); done(6); OutputDataSet <- 1:6", ""),
    (
        "a flood of texts",
        "raised(strrep('K', 3e5), strrep('m', 3e5), strrep('t', 3e5)); leave()",
        "KKK",
    ),
]


@pytest.mark.parametrize(
    ("script", "words"),
    [each[1:] for each in R_FORGED],
    ids=[each[0] for each in R_FORGED],
)
def test_forged_messages_from_r(session, good, script, words):
    with pytest.raises(psycopg.Error) as caught:
        call(session, script, good, "R")
    assert caught.value.sqlstate == "38000"
    assert words in str(caught.value)
    assert call(session, HONEST["R"], good, "R") == GOOD * 2


@pytest.fixture(scope="module")
def session(cluster) -> psycopg.Connection:
    """One backend for all of them."""
    with cluster.connect() as connection:
        yield connection


def test_forged_messages_leave_nothing(connection, good):
    """Under the eye of the leak oracle: all of them once more."""
    for _, script, _ in FORGED:
        with pytest.raises(psycopg.Error):
            call(connection, script, good)
    assert call(connection, "send(stream); say(done(6)); leave()", good) == GOOD * 2


# What comes back beside the rows, as a flood. SQLSTATE, script, words.
FLOODS = [
    (
        "text without end",
        "53400",
        "say(params(b'{\"v\": \"'))\nwhile True: say(params(b'x' * 60000))",
    ),
    (
        "values without end",
        "53400",
        "say(params(b'{\"v\": ['))\nwhile True: say(params(b'0,' * 30000))",
    ),
    ("members without end", "53400", "while True: say(params(b'{\"v\":0,' * 7000))"),
    (
        "rows and then text",
        "53400",
        "send(stream); say(params(b'\"' + b'x' * 60000), *[params(b'x' * 60000)] * 40)",
    ),
    ("brackets without end", "54000", "while True: say(params(b'[' * 60000))"),
    (
        "a name without end",
        "38000",
        "say(params(b'{\"' + b'v' * 60000), params(b'\": 1}'), done()); leave()",
    ),
    (
        "an escaped name",
        "38000",
        "say(params(b'{\"' + b'\\\\u0076' * 9000 + b'\": 1}'), done()); leave()",
    ),
    (
        "deeper than a jsonb",
        "54001",
        "say(params(b'{\"v\":' + b'[' * 20000 + b']' * 20000 + b'}'), done()); leave()",
    ),
    (
        "a number too long",
        "22003",
        "say(params(b'{\"v\":1'), *[params(b'0' * 50000)] * 4, params(b'}'), done()); leave()",
    ),
]


@pytest.mark.parametrize(
    ("sqlstate", "script"), [f[1:] for f in FLOODS], ids=[f[0] for f in FLOODS]
)
def test_floods_of_variables(session, good, sqlstate, script):
    """All that comes back is bounded by one setting, rows and variables together."""
    session.execute("SET launchpad.max_result_size = '2MB'")
    if "stream" in script:
        script = f"stream = bytes.fromhex('{(good * 1).hex()}')\n{script}; leave()"
    before = peak(session)
    with pytest.raises(psycopg.Error) as caught:
        session.execute(
            f"CALL sp_execute_external_script('Python', $s${FRAMES}\n{script}$s$,"
            " params => '{\"v\": 1}')"
        )
    assert caught.value.sqlstate == sqlstate, caught.value
    if sqlstate == "53400":
        assert "launchpad.max_result_size" in caught.value.diag.message_hint
    assert peak(session) - before < 64
    session.execute("RESET launchpad.max_result_size")


@pytest.mark.once
def test_as_many_variables_as_a_jsonb_holds(session):
    """Beyond them there is an error with a name, whatever launchpad.max_result_size is."""
    call_it = "CALL sp_execute_external_script('Python', %s, params => '{\"v\": 1}')"
    with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="more than a jsonb can hold"):
        session.execute(call_it, ["v = [0] * 9_000_000"])
    with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="more than a jsonb can hold"):
        session.execute(call_it, ["v = 'x' * (257 << 20)"])
    assert session.execute(call_it, ["v = [0] * 1000"]).fetchone()[0] == {"v": [0] * 1000}


@pytest.mark.once
def test_parameters_are_bounded_before_they_are_read(session):
    """In bytes, in values and in depth, in a memory that is a small multiple of their text."""
    query = "SELECT * FROM execute_external_script('Python', %s, params => {}) AS t(a int)"
    one = ["OutputDataSet = [(1,)]"]
    before = peak(session)
    for params, sqlstate in [
        ("'{\"a\": [' || repeat('0,', 9500000) || '0]}'", "54000"),
        ("'{\"a\": \"' || repeat('x', 65 << 20) || '\"}'", "54000"),
        ("'{' || repeat('\"a\":1,', 200000) || '\"b\":2}'", None),
        ("(SELECT jsonb_object_agg('p' || g, g) FROM generate_series(1, 1601) AS g)", "54000"),
        ("'{\"a\":' || repeat('[', 100000) || '}'", "22P02"),
        ("'{\"a\": [' || repeat('0,', 500000) || '0]}'", None),
        ("'{\"' || repeat('x', 1 << 20) || '\": 1}'", "22023"),
        ("'{\"a\": ' || repeat('1', 200000) || '}'", "22P02"),
    ]:
        if sqlstate is None:
            assert session.execute(query.format(params), one).fetchone() == (1,)
            continue
        with pytest.raises(psycopg.Error) as caught:
            session.execute(query.format(params), one)
        assert caught.value.sqlstate == sqlstate, (params, caught.value)
    # PostgreSQL's own copies of the argument are among it.
    assert peak(session) - before < 400


def test_memory_of_parameters_is_given_back(connection):
    query = "SELECT * FROM execute_external_script('Python', %s, params => {}) AS t(a int)"
    one = ["OutputDataSet = [(1,)]"]
    many = (
        "'{\"a\": [' || repeat('0,', 1000000) || '0], \"t\": \"' || repeat('x', 40000000) || '\"}'"
    )
    for _ in range(2):
        assert connection.execute(query.format("NULL"), one).fetchone() == (1,)
    before = resident(connection)
    for _ in range(2):
        assert connection.execute(query.format(many), one).fetchone() == (1,)
    assert resident(connection) - before < 32


def test_done_but_alive(connection, good):
    """The call ends with the satellite, or at its time limit."""
    connection.execute("SET launchpad.script_timeout = '1s'")
    with pytest.raises(psycopg.errors.QueryCanceled, match="script_timeout"):
        call(connection, "send(stream); say(done(6)); time.sleep(1e9)", good)
    with pytest.raises(psycopg.errors.QueryCanceled, match="script_timeout"):
        call(connection, "send(stream[:99]); os.close(4); time.sleep(1e9)", good)


# The declared type, what the script makes, SQLSTATE, what follows the row in DETAIL.
CELLS = [
    ("text", "['a', 'b\\0c']", "22021", None),
    ("int", "['1', '2\\0']", "22021", None),
    ("int", "pyarrow.array([1, 2**40])", "22003", "1099511627776"),
    ("smallint", "pyarrow.array([1.0, 1e9])", "22003", "1000000000"),
    ("date", "pyarrow.array([1, 2**31 - 1], 'date32')", "22008", None),
    ("date", "pyarrow.array([1, -2**31], 'date32')", "22008", None),
    ("timestamp", "pyarrow.array([1, 2**63 - 1], pyarrow.timestamp('s'))", "22008", None),
    ("timestamp", "pyarrow.array([1, -2**63], pyarrow.timestamp('us'))", "22008", None),
    ("timestamptz", "pyarrow.array([1, 2**63 - 1], pyarrow.timestamp('ms', 'UTC'))", "22008", None),
    ("date", "pyarrow.array([1, 2**62], pyarrow.timestamp('s'))", "22008", None),
    ("boolean", "['true', 'maybe']", "22P02", "maybe"),
    ("varchar(3)", "['abc', 'abcd']", "22001", "abcd"),
]

# Dimensions that an array of three elements does not have.
WRONG = [[2, 2], [3, 2**31 - 1], [-1, -3], [2**16, 2**16, 2**16, 2**16], [0], [], [None], [3, None]]
CELLS += [
    (
        "int[]",
        "pyarrow.StructArray.from_arrays([pyarrow.array([[1], [1, 2, 3]]),"
        f" pyarrow.array([None, {lengths}], pyarrow.list_(pyarrow.int32()))], ['values', 'dims'])",
        "54000" if len(lengths) > 6 else "2202E",
        None,
    )
    for lengths in [*WRONG, [1] * 7 + [3], [1] * 100_000]
]


@pytest.mark.parametrize(("declared", "column", "sqlstate", "value"), CELLS)
def test_values_in_valid_arrow(connection, declared, column, sqlstate, value):
    """Nothing is wrong with the stream, but the value has no place in the declared type."""
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(
            "SELECT * FROM execute_external_script('Python', $$import pyarrow\n"
            f"OutputDataSet = pyarrow.table({{'c': {column}}})$$) AS t(\"C\" {declared})"
        )
    assert caught.value.sqlstate == sqlstate
    assert re.match('Column "C", row 2[:.]', caught.value.diag.message_detail)
    if value is not None:
        assert caught.value.diag.message_detail == f'Column "C", row 2: {value}'

"""What a script prints costs the session and the server's log no more than launchpad.max_output."""

import re

import pytest

from calls import LANGUAGES, statement

# Ways of printing without end, or nearly so; each far beyond 10 kB, in few bytes of script.
FLOODS = {
    "Python": {
        "empty lines": 'print("\\n" * 200_000)',
        "empty lines of stderr": 'import sys; print("\\n" * 200_000, file=sys.stderr)',
        "both in turn": """
import os
for _ in range(5_000):
    os.write(1, b"\\n")
    os.write(2, b"\\n")
""",
        "one byte at a time": """
import os
for _ in range(50_000):
    os.write(1, b"x")
""",
        "blanks": 'print(" \\n\\t\\n" * 50_000)',
        "control characters": 'print("\\x01\\n" * 50_000, "\\x1b" * 50_000)',
        "carriage returns": 'print("\\r\\n" * 50_000, "\\r" * 50_000, "x\\r" * 50_000)',
        "no UTF-8": 'import os\nfor _ in range(20): os.write(1, b"\\xff" * 50_000)',
        "NUL characters": 'import os\nfor _ in range(20): os.write(1, b"\\0" * 50_000)',
        "long lines": 'print(("x" * 20_000 + "\\n") * 50)',
        "warnings": """
import warnings
warnings.simplefilter("always")
for _ in range(2_000):
    warnings.warn("")
""",
        "children": """
import os
for number in range(20):
    if os.fork() == 0:
        os.write(1 + number % 2, b"\\n" * 20_000)
        os._exit(0)
for _ in range(20):
    os.wait()
""",
        "before an error": 'print("\\n" * 200_000)\nraise ValueError("\\n" * 200_000)',
        "before it dies": 'import os\nos.write(2, b"\\n" * 200_000)\nos.abort()',
    },
    "R": {
        "empty lines": 'cat(strrep("\\n", 200000))',
        "messages": "for (i in 1:5000) message()",
        "warnings": 'for (i in 1:2000) warning("")',
        "print": 'for (i in 1:5000) print(noquote(""))',
        "carriage returns": 'cat(strrep("\\r\\n", 50000), strrep("\\r", 50000))',
        "control characters": 'cat(strrep("\\001\\n", 50000), strrep("\\033", 50000))',
        "children": """
for (i in 1:4) parallel::mcparallel(cat(strrep("\\n", 50000)))
parallel::mccollect(parallel::mcparallel(NULL))
""",
        "before an error": 'cat(strrep("\\n", 200000)); stop(strrep("\\n", 200000))',
    },
}
LIMIT = 10 * 1024
MESSAGE = 64  # what each counts beside its text
DROPPED = "the script's further output is dropped: launchpad.max_output is 10 kB"


def heard(connection, script: str, language: str) -> list[str]:
    """The messages that a call sends, whatever it ends in."""
    messages: list[str] = []
    connection.add_notice_handler(lambda told: messages.append(told.message_primary))
    connection.execute("SET client_min_messages = log")
    try:
        connection.execute(statement(script, language=language))
    except connection.Error:
        pass
    return messages


def call(name: str):
    language, way = name.split(": ")
    return language, FLOODS[language][way]


WAYS = [f"{language}: {way}" for language in LANGUAGES for way in FLOODS[language]]


@pytest.mark.parametrize("name", WAYS)
def test_a_flood_is_cut(cluster, connection, name):
    language, script = call(name)
    script += "\n# " + "long " * 2_000
    connection.execute("SET launchpad.max_output = '10kB'; SET statement_timeout = '30s'")

    messages = heard(connection, script, language)
    assert messages.pop() == DROPPED
    assert sum(len(text.encode()) + MESSAGE for text in messages) <= LIMIT

    # PostgreSQL writes the statement below each message of level LOG; not below a script's lines.
    before = cluster.log.stat().st_size
    connection.execute("SET launchpad.client_output = 'log'")
    assert heard(connection, script, language)[-1] == DROPPED
    assert cluster.log.stat().st_size - before < 3 * LIMIT + 2 * len(script)

    connection.execute("SET launchpad.client_output = 'off'")
    assert heard(connection, script, language) == []


TALK = {
    "Python": "import sys\nprint('one\\x1b[0m')\nprint('two', file=sys.stderr)",
    "R": "cat('one\\033[0m\\n')\ncat('two\\n', file = stderr())",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_in_the_log_name_the_request_and_have_no_statement(cluster, connection, language):
    before = cluster.log.stat().st_size
    connection.execute("SET launchpad.client_output = 'log'; SET launchpad.log_min_duration = 0")
    connection.execute(statement(TALK[language], language=language))
    written = cluster.log.read_bytes()[before:].decode()
    (request,) = re.findall("LOG:  launchpad call: request=([0-9]+) ", written)
    said = re.findall("LOG:  launchpad output: request=([0-9]+) (.*)", written)
    assert {(request, "one\\x1b[0m"), (request, "two")} < set(said)
    assert "STATEMENT" not in written


ENDLESS = {
    "Python": 'import os\nwhile True: os.write(1, b"\\n" * 60_000)',
    "R": 'repeat cat(strrep("\\n", 60000))',
}


@pytest.mark.parametrize("output", ["notice", "log", "off"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flood_without_end_ends(connection, language, output):
    """By the script's time and by a cancel, however little of it is reported."""
    connection.execute("SET client_min_messages = error; SET launchpad.max_output = '10kB'")
    connection.execute(f"SET launchpad.client_output = '{output}'")
    for setting in ("launchpad.script_timeout", "statement_timeout"):
        connection.execute(f"SET {setting} = '500ms'")
        with pytest.raises(connection.Error) as raised:
            connection.execute(statement(ENDLESS[language], language=language))
        assert raised.value.sqlstate == "57014"
        connection.execute(f"RESET {setting}")


# As much as a pipe holds, at once.
LINES = {
    "Python": """
import os
text = "".join(f"line {number}\\n" for number in range(6000)).encode()
os.write(1, text)
os.write(2, text)
raise ValueError("the end")
""",
    "R": """
text <- paste0("line ", 0:5999, "\\n", collapse = "")
cat(text)
cat(text, file = stderr())
stop("the end")
""",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_said_before_a_failure_arrives(connection, language):
    """More than one reading of a pipe takes, most of it there when the failure is."""
    connection.execute("SET statement_timeout = '60s'")
    messages = heard(connection, LINES[language], language)
    assert sorted(int(text.split()[1]) for text in messages) == sorted(2 * list(range(6000)))


SAYS = """
import os
text = "".join(f"line {number}\\n" for number in range(6000)).encode()
os.write(1, text)
os.write(2, text)
"""
# Which the backend finds: nothing that the script tells is the last word then.
FAILURES = {
    "a value of another type": ("OutputDataSet = [('x',)]", {}, "22P02"),
    "columns that were not declared": ("OutputDataSet = [(1, 2)]", {}, "42804"),
    "more than the result may have": (
        "OutputDataSet = [(number,) for number in range(1_000_000)]",
        {"max_result_size": "'1MB'"},
        "53400",
    ),
    "more time than the script has": ("while True: pass", {"script_timeout": "'2s'"}, "57014"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_was_said_before_another_failure_arrives(connection, name):
    script, settings, sqlstate = FAILURES[name]
    for setting, value in settings.items():
        connection.execute(f"SET launchpad.{setting} = {value}")
    messages: list[str] = []
    connection.add_notice_handler(lambda told: messages.append(told.message_primary))
    connection.execute("SET client_min_messages = log")
    with pytest.raises(connection.Error) as raised:
        connection.execute(statement(SAYS + script))
    assert raised.value.sqlstate == sqlstate
    assert sorted(int(text.split()[1]) for text in messages) == sorted(2 * list(range(6000)))


def test_what_others_say_after_a_failure_is_not_waited_for(connection):
    script = """
import os
if os.fork() == 0:
    while True: os.write(1, b"more\\n" * 1000)
raise ValueError("the end")
"""
    connection.execute("SET client_min_messages = error; SET statement_timeout = '30s'")
    with pytest.raises(connection.Error, match="the end"):
        connection.execute(statement(script))

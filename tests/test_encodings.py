"""Databases that are not UTF-8: everything is converted both ways, or refused by name.

Sessions speak UTF-8 here, except where bytes of their own are put in.
"""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from calls import SLEEP, RunningCall

ENCODINGS = ("LATIN1", "EUC_JP", "SQL_ASCII")


@pytest.fixture(scope="module")
def database(cluster) -> Iterator[Callable[[str], psycopg.Connection]]:
    """Opens a session in a database of that encoding."""
    for encoding in ENCODINGS:
        cluster.execute(
            f"CREATE DATABASE {encoding.lower()} ENCODING '{encoding}' TEMPLATE template0"
            " LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        cluster.execute("CREATE EXTENSION pg_launchpad", dbname=encoding.lower())
    opened: list[psycopg.Connection] = []

    def make(encoding: str) -> psycopg.Connection:
        opened.append(cluster.connect(dbname=encoding.lower(), client_encoding="UTF8"))
        return opened[-1]

    yield make
    for each in opened:
        each.close()
    for encoding in ENCODINGS:
        cluster.execute(f"DROP DATABASE {encoding.lower()}")


def failure(connection: psycopg.Connection, statement: str) -> psycopg.errors.Diagnostic:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    return caught.value.diag


POOLS = [("LATIN1", "größe"), ("EUC_JP", "大きい")]


@pytest.mark.parametrize(("encoding", "pool"), POOLS)
def test_pools(database, encoding, pool):
    """However they are chosen: by SET, for a function, for a role, for the database."""
    connection = database(encoding)
    one = "SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int)"
    connection.execute(f"SELECT launchpad.create_pool('{pool}', max_satellites => 1)")
    connection.execute(f"SET launchpad.pool = '{pool}'")
    assert connection.execute("SHOW launchpad.pool").fetchone() == (pool,)
    assert connection.execute(one).fetchall() == [(1,)]
    longest = pool[0] * (63 // len(pool[0].encode(encoding)))
    connection.execute(f"SET launchpad.pool = '{longest}'")
    missing = failure(connection, one)
    assert missing.message_primary == f'pool "{longest}" does not exist in this database'
    connection.execute(f"SELECT launchpad.create_pool('{longest}')")
    assert connection.execute(one).fetchall() == [(1,)]
    too_long = failure(connection, f"SET launchpad.pool = '{longest}xx'")
    assert "bytes, 63 are the limit" in too_long.message_detail
    connection.execute("RESET launchpad.pool")
    database_name = encoding.lower()
    for where in (f"DATABASE {database_name}", f"ROLE postgres IN DATABASE {database_name}"):
        connection.execute(f"ALTER {where} SET launchpad.pool = '{pool}'")
        session = database(encoding)
        assert session.execute("SHOW launchpad.pool").fetchone() == (pool,)
        assert session.execute(one).fetchall() == [(1,)]
        connection.execute(f"ALTER {where} RESET launchpad.pool")
    connection.execute(f"CREATE FUNCTION pooled() RETURNS SETOF int LANGUAGE sql AS $f${one}$f$")
    connection.execute(f"ALTER FUNCTION pooled() SET launchpad.pool = '{pool}'")
    assert connection.execute("SELECT * FROM pooled()").fetchall() == [(1,)]
    connection.execute("DROP FUNCTION pooled()")
    # Parallel workers take the session's settings over.
    is_old = connection.info.server_version < 160000
    forced = "force_parallel_mode" if is_old else "debug_parallel_query"
    connection.execute(f"SET {forced} = on")
    connection.execute(f"SET launchpad.pool = '{pool}'")
    assert connection.execute("SELECT current_setting('launchpad.pool')").fetchone() == (pool,)
    assert connection.execute("SELECT count(*) FROM pg_class").fetchone() is not None
    used = "SELECT name FROM launchpad.pools WHERE calls > 0 AND name <> 'default'"
    assert {name for (name,) in connection.execute(used)} == {pool, longest}


WORDS = [("LATIN1", "Größe"), ("EUC_JP", "大きさ"), ("SQL_ASCII", "Größe大")]


@pytest.mark.parametrize(("encoding", "word"), WORDS)
def test_both_ways(database, encoding, word):
    """Script, query, names and values of columns, parameters, the names that are declared."""
    connection = database(encoding)
    cursor = connection.execute(
        f"""SELECT * FROM execute_external_script('Python', $$
{word} = InputDataSet['{word}'][0]
assert list(InputDataSet.columns) == ['{word}', 'n'], list(InputDataSet.columns)
assert InputDataSet['{word}'].fillna('').tolist() == ['{word}', '', 'ascii']
assert {word} == '{word}' == from_json and len({word}) == {len(word)}
OutputDataSet = [({word}, {word} + '!', len({word}))]
$$, $$SELECT * FROM (VALUES ('{word}', 1), (NULL, 2), ('ascii', 3)) AS v("{word}", n)$$,
'{{"from_json": "{word}"}}') AS t("{word}" text, v varchar(20), n int)"""
    )
    assert cursor.description[0].name == word
    assert cursor.fetchall() == [(word, word + "!", len(word))]
    rows = connection.execute(
        f"""SELECT * FROM execute_external_script('Python', $$
OutputDataSet = [(typed, globals()['{word}'])]
$$, NULL, (SELECT p FROM (SELECT '{word}'::text AS typed, 1.5::float8 AS "{word}") AS p))
AS t(x text, y float8)"""
    ).fetchall()
    assert rows == [(word, 1.5)]
    # As the server has them, not only as the session shows them.
    octets = connection.execute(
        f"""SELECT x = '{word}', octet_length(x) = octet_length('{word}')
        FROM execute_external_script('Python', $$OutputDataSet = [('{word}',)]$$) AS t(x text)"""
    ).fetchone()
    assert octets == (True, True)


@pytest.mark.parametrize(("encoding", "word"), WORDS)
def test_messages(database, encoding, word):
    connection = database(encoding)
    heard = []
    connection.add_notice_handler(lambda diagnostic: heard.append(diagnostic.message_primary))
    connection.execute(
        f"SELECT * FROM execute_external_script('Python', "
        f"$$import sys; print('{word}'); print('{word}?', file=sys.stderr); OutputDataSet = 1$$)"
        " AS t(a int)"
    )
    assert sorted(heard) == [word, word + "?"]
    raised = failure(
        connection,
        f"SELECT * FROM execute_external_script('Python', $$\n"
        f"raise ValueError('{word}')  # {word}\n$$) AS t(a int)",
    )
    assert raised.sqlstate == "38000"
    assert raised.message_primary == f"ValueError: {word}"
    assert f"raise ValueError('{word}')  # {word}" in raised.message_detail
    # PostgreSQL's own words about a value, and ours.
    value = failure(
        connection,
        f"SELECT * FROM execute_external_script('Python', "
        f"""$$OutputDataSet = [('1',), ('{word}',)]$$) AS t("{word}" int)""",
    )
    assert value.sqlstate == "22P02"
    assert value.message_primary == f'invalid input syntax for type integer: "{word}"'
    assert value.message_detail == f'Column "{word}", row 2: {word}'
    # Raised outside of a cast, passed on as it is.
    query = failure(
        connection,
        f"""SELECT * FROM execute_external_script('Python', '', 'SELECT "{word}"') AS t(a int)""",
    )
    assert query.sqlstate == "42703"
    assert word in query.message_primary


@pytest.mark.parametrize(("encoding", "word"), WORDS)
def test_words_through_r(database, encoding, word):
    """Names, values, parameters, output and errors in the other language."""
    connection = database(encoding)
    heard = []
    connection.add_notice_handler(lambda diagnostic: heard.append(diagnostic.message_primary))
    cursor = connection.execute(
        f"""SELECT * FROM execute_external_script('R', $$
stopifnot(names(InputDataSet) == c('{word}', 'n'), {word} == '{word}', nchar({word}) == {len(word)})
cat('{word}\n')
message('{word}?')
OutputDataSet <- data.frame(InputDataSet${word}, {word})
$$, $$SELECT * FROM (VALUES ('{word}', 1), (NULL, 2)) AS v("{word}", n)$$,
'{{"{word}": "{word}"}}') AS t("{word}" text, v varchar(20))"""
    )
    assert cursor.fetchall() == [(word, word), (None, word)]
    assert heard == [word, word + "?"]
    raised = failure(
        connection,
        f"SELECT * FROM execute_external_script('R', $$stop('{word}')$$) AS t(a int)",
    )
    assert (raised.sqlstate, raised.message_primary) == ("38000", f"Error: {word}")
    assert f'stop("{word}")' in raised.message_detail


def test_errors_around_a_call_keep_their_words(database):
    """A domain's rule written in PL/pgSQL, which raises what no cast would."""
    connection = database("LATIN1")
    connection.execute(
        """CREATE FUNCTION pg_temp.fußnote(text) RETURNS bool LANGUAGE plpgsql AS
        $$BEGIN RAISE 'ungültig: %', $1 USING DETAIL = 'Prüfung', HINT = 'Lösung',
        ERRCODE = 'P0001'; END$$"""
    )
    connection.execute("CREATE DOMAIN pg_temp.größe AS text CHECK (pg_temp.fußnote(VALUE))")
    raised = failure(
        connection,
        "SELECT * FROM execute_external_script('Python', $$OutputDataSet = [('ä',)]$$)"
        " AS t(a pg_temp.größe)",
    )
    assert raised.sqlstate == "P0001"
    assert raised.message_primary == "ungültig: ä"
    assert raised.message_detail == "Prüfung"
    assert raised.message_hint == "Lösung"
    assert "fußnote" in raised.context
    # A function around the call is in the CONTEXT of our own errors too.
    raised = failure(
        connection,
        """DO $do$ BEGIN PERFORM * FROM execute_external_script('Python',
        $$raise ValueError('ä')$$) AS t(a int); END $do$""",
    )
    assert raised.message_primary == "ValueError: ä"
    assert raised.context.startswith("Python script, request ")
    assert "inline_code_block" in raised.context


def test_what_has_no_counterpart(database):
    connection = database("LATIN1")
    heard = []
    connection.add_notice_handler(lambda diagnostic: heard.append(diagnostic.message_primary))
    connection.execute(
        r"SELECT * FROM execute_external_script('Python', "
        r"$$OutputDataSet = 1; print('\u2192 \xe4 \u5927\u5927');"
        r" print(chr(0) + chr(0x1f600) * 300 + '\xe4')$$) AS t(a int)"
    )
    # Messages arrive with what can be said; only the rest is replaced.
    assert heard == ["? ä ??", "\\x00" + "?" * 300 + "ä"]
    raised = failure(
        connection,
        r"SELECT * FROM execute_external_script('Python', $$raise ValueError('\xe4 \u5927')$$)"
        r" AS t(a int)",
    )
    assert raised.message_primary == "ValueError: ä ?"
    # Data do not.
    for declared, first in (("text", "ä"), ("varchar(5)", "ä"), ("name", "ä"), ("int", "1")):
        lost = failure(
            connection,
            "SELECT * FROM execute_external_script('Python', "
            rf"$$OutputDataSet = [('a', '{first}'), ('b', '\u5927')]$$)"
            f' AS t(a text, "ö" {declared})',
        )
        assert lost.sqlstate == "22P05"
        assert 'has no equivalent in encoding "LATIN1"' in lost.message_primary
        assert lost.message_detail == 'Column "ö", row 2: ?'
    # Parameters from JSON are Unicode, whatever the database's encoding.
    rows = connection.execute(
        r"""SELECT * FROM execute_external_script('Python',
        $$OutputDataSet = [(len(word), ord(word))]$$, NULL, '{"word": "\u5927"}')
        AS t(n int, o int)"""
    ).fetchall()
    assert rows == [(1, 0x5927)]


def test_bytes_without_an_encoding(database):
    """SQL_ASCII takes any bytes; only those that are UTF-8 are text to a script."""
    connection = database("SQL_ASCII")
    call = "SELECT * FROM execute_external_script("
    connection.execute(
        r"""CREATE TEMP TABLE t AS SELECT g AS n,
        convert_from(CASE g WHEN 70000 THEN '\xe4' ELSE 'x' END::bytea, 'SQL_ASCII') AS v
        FROM generate_series(1, 100000) AS g"""
    )
    raised = failure(connection, call + "'Python', '', 'TABLE t') AS t(a int)")
    assert raised.sqlstate == "22021"
    assert raised.message_primary == 'invalid byte sequence for encoding "UTF8": 0xe4'
    assert raised.message_detail == 'Column "v" of input_data_1, row 70000.'
    raised = failure(
        connection,
        call + "'Python', '', NULL, (SELECT p FROM (SELECT 1 AS n, v FROM t WHERE n = 70000) p))"
        " AS t(a int)",
    )
    assert (raised.sqlstate, raised.message_detail) == ("22021", 'Parameter "v".')
    wrong = r"convert_from('\x2320e4', 'SQL_ASCII')"
    for position, arguments in (
        (1, f"{wrong}, ''"),
        (2, f"'Python', {wrong}"),
        (3, f"'Python', '', {wrong}"),
        (4, f"'Python', '', NULL, {wrong}"),
        (5, f"'Python', '', NULL, NULL, {wrong}"),
    ):
        raised = failure(connection, f"{call}{arguments}) AS t(a int)")
        assert raised.sqlstate == "22021", position
        assert raised.message_detail == f"It is in argument {position} of the call."
    # The session is as good as before.
    assert connection.execute(
        call + "'Python', 'OutputDataSet = [(1,)]') AS t(a int)"
    ).fetchall() == [(1,)]


def test_a_client_of_another_encoding(connect):
    """What the client's encoding lacks is replaced in messages, and an error in rows."""
    connection = connect(client_encoding="LATIN1")
    heard = []
    connection.add_notice_handler(lambda diagnostic: heard.append(diagnostic.message_primary))
    connection.execute(
        r"SELECT * FROM execute_external_script('Python', "
        r"$$OutputDataSet = print('\u2192 \xe4 \u5927!') or 1$$) AS t(a int)"
    )
    assert heard == ["? ä ?!"]
    raised = failure(
        connection,
        r"SELECT * FROM execute_external_script('Python', $$raise ValueError('\xe4\u5927')$$)"
        " AS t(a int)",
    )
    assert (raised.sqlstate, raised.message_primary) == ("38000", "ValueError: ä?")
    lost = failure(
        connection,
        r"SELECT * FROM execute_external_script('Python', $$OutputDataSet = [('\u5927',)]$$)"
        " AS t(a text)",
    )
    assert lost.sqlstate == "22P05"
    # The encoding of a session can change.
    connection.execute("SET client_encoding = 'EUC_JP'")
    raised = failure(
        connection,
        r"SELECT * FROM execute_external_script('Python', $$raise ValueError('\xdf\u5927')$$)"
        " AS t(a int)",
    )
    assert raised.message_primary in ("ValueError: ß大", "ValueError: ?大")


def test_procedure_and_parameters_in_queries(database):
    connection = database("LATIN1")
    ((came,),) = connection.execute(
        """SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet',
        'SELECT params."größe" || ''ß'' AS x', '{"größe": "ä"}') AS t(x text)"""
    ).fetchall()
    assert came == "äß"
    raised = failure(
        connection,
        """SELECT * FROM execute_external_script('Python', '', 'SELECT params.höhe AS x',
        '{"größe": "ä"}') AS t(x text)""",
    )
    assert raised.sqlstate == "42703"
    assert raised.message_primary == 'parameter "höhe" does not exist'
    assert raised.message_detail == "This call's parameters: größe."
    with connection.transaction():
        read_back, cursor = connection.execute(
            """CALL sp_execute_external_script('Python', $$
größe = größe + 'ß'
OutputDataSet = pandas.DataFrame({'maß': ['ü']})$$, params => '{"größe": "ä"}')"""
        ).fetchone()
        rows = connection.execute(f'FETCH ALL FROM "{cursor}"')
        assert read_back == {"größe": "äß"}
        assert rows.description[0].name == "maß"
        assert rows.fetchall() == [("ü",)]


VIEWS = ("pools", "satellites", "stats", "script_stats", "environments", "settings", "check()")


def test_names_that_an_encoding_lacks(own_cluster):
    """One pool, role, database or path of another database's breaks no view."""
    cluster = own_cluster("launchpad.readable_paths=/usr/share/doc")
    cluster.execute("CREATE DATABASE latin1 ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    cluster.execute("CREATE EXTENSION pg_launchpad", dbname="latin1")
    cluster.execute('CREATE DATABASE "база"')
    cluster.execute("CREATE EXTENSION pg_launchpad", dbname="база")
    cluster.execute("SELECT launchpad.create_pool('пул €', max_satellites => 4)", dbname="база")
    cluster.execute('CREATE ROLE "роль" LOGIN')
    cluster.execute("ALTER ROLE \"роль\" SET launchpad.pool = 'пул €'")
    cluster.execute('GRANT EXECUTE ON FUNCTION execute_external_script TO "роль"', dbname="база")
    cluster.execute('GRANT USAGE ON LANGUAGE launchpad_python TO "роль"', dbname="база")
    call = RunningCall(cluster, SLEEP, user="роль", dbname="база")
    try:
        call.wait_for("running")
        with cluster.connect(dbname="latin1", client_encoding="UTF8") as session:
            shown = {
                view: repr(session.execute(f"SELECT * FROM launchpad.{view}").fetchall())
                for view in VIEWS
            }
        # Names of roles and databases are the catalog's bytes, as everywhere in PostgreSQL.
        assert "'??? ?'" in shown["satellites"]
    finally:
        call.connection.cancel()
        call.ended()

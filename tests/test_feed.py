"""A feed's boundaries, destinations, pulling and keeping, by a function that debug builds have."""

import psycopg
import pytest

from cluster import Cluster

TRIAL = """
    CREATE FUNCTION pg_temp.feed_trial(
        query text, boundary text DEFAULT '', destinations int DEFAULT 1, pulled bool DEFAULT false,
        replays int DEFAULT 0, in_between text DEFAULT NULL, closing int DEFAULT NULL,
        reads int DEFAULT 0,
        OUT destination int8, OUT piece int8, OUT batches int8, OUT rows int8, OUT total int8
    ) RETURNS SETOF record LANGUAGE C AS 'pg_launchpad', 'launchpad_feed_trial'
"""


@pytest.fixture
def session(cluster: Cluster):
    with cluster.connect() as session:
        try:
            session.execute(TRIAL)
        except psycopg.errors.UndefinedFunction:
            pytest.skip("the library is not a debug build")
        yield session


def feed(session, query: str, **arguments) -> list[tuple]:
    """(destination, piece, batches, rows, total) of each piece."""
    names = ", ".join(f"{name} => %({name})s" for name in arguments)
    call = f"SELECT * FROM pg_temp.feed_trial(%(query)s{', ' if names else ''}{names})"
    return session.execute(call, {"query": query, **arguments}).fetchall()


def numbers(count: int) -> str:
    return f"SELECT i::int8 FROM generate_series(1, {count}) i"


def total(first: int, last: int) -> int:
    return sum(range(first, last + 1))


@pytest.mark.parametrize("pulled", [False, True])
def test_whole(session, pulled):
    [(destination, piece, batches, rows, summed)] = feed(session, numbers(10_000), pulled=pulled)
    assert (destination, piece, rows, summed) == (0, 0, 10_000, total(1, 10_000))
    assert batches > 5
    assert feed(session, numbers(0), pulled=pulled) == []


@pytest.mark.parametrize("pulled", [False, True])
def test_rows(session, pulled):
    pieces = feed(session, numbers(2500), boundary="1000", pulled=pulled)
    assert [row[3:] for row in pieces] == [
        (1000, total(1, 1000)),
        (1000, total(1001, 2000)),
        (500, total(2001, 2500)),
    ]
    # No empty piece behind the last one.
    assert [row[3] for row in feed(session, numbers(6), boundary="3", pulled=pulled)] == [3, 3]
    assert [row[3] for row in feed(session, numbers(2), boundary="1", pulled=pulled)] == [1, 1]


GROUPS = """
    SELECT i::int8, g, h FROM (VALUES
        (1, 'a', 1.0), (2, 'a', 1.00), (3, 'a', NULL), (4, 'a', NULL), (5, 'b', NULL),
        (6, NULL, NULL), (7, NULL, 2), (8, 'A', 2)
    ) AS rows (i, g, h)
"""


@pytest.mark.parametrize("pulled", [False, True])
def test_groups(session, pulled):
    """Values are the same that the type's = calls so; NULL is one value."""
    by_two = feed(session, GROUPS, boundary="by 2", pulled=pulled)
    assert [row[3:] for row in by_two] == [(2, 3), (2, 7), (1, 5), (1, 6), (1, 7), (1, 8)]
    by_one = feed(session, GROUPS, boundary="by 1", pulled=pulled)
    assert [row[3:] for row in by_one] == [(4, 10), (1, 5), (2, 13), (1, 8)]
    # Longer than a fetch, and of long texts.
    query = "SELECT i::int8, repeat('x', 3000) || i / 1500 FROM generate_series(0, 3999) i"
    pieces = feed(session, query, boundary="by 1", pulled=pulled)
    assert [row[3] for row in pieces] == [1500, 1500, 1000]
    assert all(row[2] > 10 for row in pieces)


def test_what_has_no_equality(session):
    with pytest.raises(psycopg.Error, match="without equality"):
        feed(session, "SELECT 1::int8, '{}'::json", boundary="by 1")


@pytest.mark.parametrize("pulled", [False, True])
def test_many(session, pulled):
    """Pieces are dealt in turn, batches where all is one piece."""
    pieces = feed(session, numbers(7), boundary="1", destinations=3, pulled=pulled)
    by_destination = {0: 0, 1: 0, 2: 0}
    for destination, _, _, rows, _ in pieces:
        by_destination[destination] += rows
    assert by_destination == {0: 3, 1: 2, 2: 2}
    groups = feed(session, GROUPS, boundary="by 1", destinations=2, pulled=pulled)
    assert sorted(row[3] for row in groups if row[0] == 0) == [2, 4]
    assert sorted(row[3] for row in groups if row[0] == 1) == [1, 1]


def by_destination(pieces: list[tuple]) -> dict[int, int]:
    rows = dict.fromkeys(range(3), 0)
    for destination, _, _, count, _ in pieces:
        rows[destination] += count
    return rows


@pytest.mark.parametrize("pulled", [False, True])
def test_one_piece_for_many(session, pulled):
    """Its end reaches whoever got a batch of it, and nobody else."""
    pieces = feed(session, numbers(10_000), destinations=3, pulled=pulled)
    assert [row[:2] for row in pieces] == [(0, 0), (1, 0), (2, 0)]
    assert sum(row[2] for row in pieces) > 5
    assert sum(row[3] for row in pieces) == 10_000
    assert sum(row[4] for row in pieces) == total(1, 10_000)
    assert [row[:4] for row in feed(session, numbers(7), destinations=3, pulled=pulled)] == [
        (0, 0, 1, 7)
    ]


@pytest.mark.parametrize("pulled", [False, True])
@pytest.mark.parametrize("closing", [0, 1, 2])
@pytest.mark.parametrize("reads", [0, 1, 3])
def test_one_of_many_that_closes_leaves_the_others_all_that_is_theirs(
    session, pulled, closing, reads
):
    def trial(count: int, boundary: str) -> dict[int, int]:
        pieces = feed(
            session,
            numbers(count),
            boundary=boundary,
            destinations=3,
            pulled=pulled,
            closing=closing,
            reads=reads,
        )
        return by_destination(pieces)

    batches = feed(session, numbers(20_000), pulled=pulled)[0][2]
    batch = feed(session, numbers(20_000), destinations=3, pulled=pulled)[2][3] // (batches // 3)
    # Of the batches in turn only the one is lost that met the closed input.
    rows = trial(20_000, "")
    assert rows[closing] == max(reads - 1, 0) * batch
    assert sum(rows.values()) == 20_000 - (batch if reads > 0 else 0)
    # Of the pieces in turn that one.
    rows = trial(30, "2")
    assert rows[closing] == max(reads - 1, 0) * 2
    assert sum(rows.values()) == 30 - (2 if reads > 0 else 0)
    # A piece of many batches is lost from where its reader has closed.
    rows = trial(20_000, "5000")
    assert sum(rows.values()) == (20_000 if reads == 0 else 15_000 + rows[closing])
    assert rows[closing] == max(reads - 1, 0) * batch


@pytest.mark.parametrize("pulled", [False, True])
def test_the_only_one_that_closes_ends_the_feed(session, pulled):
    for boundary in ("", "1000"):
        arguments = {"boundary": boundary, "pulled": pulled, "closing": 0, "reads": 2}
        [(_, _, batches, rows, _)] = feed(session, numbers(100_000), **arguments)
        assert batches == 1 and 0 < rows < 5000


def test_statements_run_between_pieces(session):
    """And what they do is not seen by a query that has begun."""
    session.execute("CREATE TEMP TABLE seen AS SELECT i::int8 FROM generate_series(1, 30) i")
    pieces = feed(
        session,
        "SELECT i FROM seen ORDER BY i",
        boundary="10",
        pulled=True,
        in_between="INSERT INTO seen SELECT 1000",
    )
    assert [row[3:] for row in pieces] == [(10, 55), (10, 155), (10, 255)]
    assert session.execute("SELECT count(*) FROM seen WHERE i = 1000").fetchone() == (3,)


def test_groups_are_fetched_in_advance_but_not_their_statements(session):
    """Rows of a group are told before the statement behind it runs, rows of the next one after."""
    session.execute("CREATE TEMP TABLE log (at int8)")
    query = "SELECT i::int8, i / 400 FROM generate_series(0, 2799) i"
    statement = "INSERT INTO log SELECT count(*) FROM log"
    pieces = feed(session, query, boundary="by 1", pulled=True, in_between=statement)
    assert [row[3] for row in pieces] == [400] * 7
    assert session.execute("SELECT at FROM log").fetchall() == [(at,) for at in range(6)]
    # In a file, too.
    session.execute("SET work_mem = '64kB'")
    query = "SELECT i::int8, i / 400, repeat('x', 3000) FROM generate_series(0, 2799) i"
    pieces = feed(session, query, boundary="by 1", pulled=True, in_between=statement)
    assert [row[3] for row in pieces] == [400] * 7


CLOSING = ["CLOSE ALL", 'CLOSE "<unnamed portal {}>"']


@pytest.mark.parametrize("boundary", ["10", "by 1"])
@pytest.mark.parametrize("statement", CLOSING)
def test_a_query_that_is_being_read_cannot_be_closed(session, statement, boundary):
    query = "SELECT i::int8, i / 10 FROM generate_series(1, 30) i"
    with pytest.raises(psycopg.errors.InvalidCursorState, match="cannot drop pinned portal"):
        feed(session, query, boundary=boundary, pulled=True, in_between=statement.format(1))
    assert session.execute("SELECT count(*) FROM pg_cursors").fetchone() == (0,)
    # Whoever catches that reads on.
    statement = statement.format(2)
    caught = f"DO $$ BEGIN EXECUTE '{statement}'; EXCEPTION WHEN invalid_cursor_state THEN END $$"
    pieces = feed(session, query, boundary="10", pulled=True, in_between=caught)
    assert [row[3] for row in pieces] == [10, 10, 10]


def test_a_subtransaction_between_pieces_may_fail(session):
    caught = "DO $$ BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN END $$"
    pieces = feed(session, numbers(30), boundary="10", pulled=True, in_between=caught)
    assert [row[3] for row in pieces] == [10, 10, 10]


@pytest.mark.parametrize("statement", ["SELECT 1 / 0", "CLOSE ALL"])
def test_an_error_between_pieces_ends_with_its_subtransaction(session, statement):
    call = f"""DO $do$ BEGIN
        PERFORM pg_temp.feed_trial($$SELECT i::int8 FROM generate_series(1, 30) i$$,
            boundary => '10', pulled => true, in_between => '{statement}');
        EXCEPTION WHEN OTHERS THEN END $do$"""
    for _ in range(3):
        session.execute(call)
    assert session.execute("SELECT count(*) FROM pg_cursors").fetchone() == (0,)
    assert feed(session, numbers(3), pulled=True)[0][3] == 3


def test_an_error_between_pieces_leaves_nothing(session):
    with pytest.raises(psycopg.errors.DivisionByZero):
        feed(session, numbers(30), boundary="10", pulled=True, in_between="SELECT 1 / 0")
    session.rollback()
    assert session.execute("SELECT count(*) FROM pg_cursors").fetchone() == (0,)


@pytest.mark.parametrize("pulled", [False, True])
@pytest.mark.parametrize("boundary", ["", "700", "by 1"])
def test_what_was_kept_comes_again(session, pulled, boundary):
    query = "SELECT i::int8, repeat('x', 500) || i / 900 FROM generate_series(1, 3000) i"
    pieces = feed(session, query, boundary=boundary, pulled=pulled, replays=2)
    first = [row[1:] for row in pieces if row[0] == 0]
    assert sum(row[2] for row in first) == 3000
    assert [row[1:] for row in pieces if row[0] == 1] == first
    assert [row[1:] for row in pieces if row[0] == 2] == first


@pytest.mark.parametrize("boundary", ["", "700", "by 1"])
def test_one_of_many_is_kept(session, boundary):
    query = "SELECT i::int8, repeat('x', 500) || i / 900 FROM generate_series(1, 3000) i"
    pieces = feed(session, query, boundary=boundary, destinations=2, replays=1)
    first = [row[1:] for row in pieces if row[0] == 0]
    assert 0 < sum(row[2] for row in first) < 3000
    assert [row[1:] for row in pieces if row[0] == 2] == first


def test_what_is_kept_is_bounded(session):
    session.execute("SET temp_file_limit = '1MB'")
    query = "SELECT i::int8, repeat('x', 5000) FROM generate_series(1, 3000) i"
    with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
        feed(session, query, replays=1)

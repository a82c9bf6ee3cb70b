"""A feed's boundaries, destinations, pulling and keeping, by a function that debug builds have."""

import psycopg
import pytest

from cluster import Cluster

TRIAL = """
    CREATE FUNCTION pg_temp.feed_trial(
        query text, boundary text DEFAULT '', destinations int DEFAULT 1, pulled bool DEFAULT false,
        replays int DEFAULT 0, in_between text DEFAULT NULL,
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


def test_what_is_kept_is_bounded(session):
    session.execute("SET temp_file_limit = '1MB'")
    query = "SELECT i::int8, repeat('x', 5000) FROM generate_series(1, 3000) i"
    with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
        feed(session, query, replays=1)

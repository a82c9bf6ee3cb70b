"""Autovacuum runs no script for the owner of a table; other roles' commands are in
pg_regress/sql/restricted.sql."""

import pytest

from cluster import Cluster, wait_until

# An index on an expression that shows its true self to autovacuum alone, and writes down what came
# of it.
HOSTILE = """
CREATE TABLE lair.seen (what text, by_whom name);
CREATE FUNCTION lair.note(what text) RETURNS void LANGUAGE sql
  AS 'INSERT INTO lair.seen VALUES ($1, current_user)';
CREATE FUNCTION lair.lure(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE n int;
BEGIN
  IF session_user <> current_user THEN
    BEGIN
      SELECT a INTO n FROM public.{function} AS t(a int);
      PERFORM lair.note('it ran');
    EXCEPTION WHEN OTHERS THEN
      PERFORM lair.note(SQLSTATE);
      {after}
    END;
  END IF;
  RETURN x;
END $$;
CREATE TABLE lair.bait (x int);
CREATE INDEX ON lair.bait (lair.lure(x));
INSERT INTO lair.bait SELECT generate_series(1, 500);
"""
CALL = "execute_external_script('Python', 'OutputDataSet = [(1,)]')"


@pytest.fixture
def eager(own_cluster) -> Cluster:
    """A cluster whose autovacuum looks at every table every second."""
    cluster = own_cluster(
        "autovacuum_naptime=1",
        "autovacuum_analyze_threshold=1",
        "autovacuum_analyze_scale_factor=0",
        "launchpad.log_min_duration=0",
        "log_autovacuum_min_duration=0",
    )
    cluster.execute("CREATE ROLE hermit LOGIN")
    cluster.let_run("hermit")
    cluster.execute("CREATE SCHEMA lair AUTHORIZATION hermit")
    cluster.execute("ALTER ROLE hermit SET launchpad.enabled = off")
    return cluster


def test_autovacuum_runs_no_script_of_an_owner(eager):
    eager.execute(HOSTILE.format(function=CALL, after=""), user="hermit")
    seen = wait_until(lambda: eager.execute("SELECT DISTINCT * FROM lair.seen"), 60, "it looked")
    assert seen == [("42501", "hermit")]
    # Hundreds of refusals, and nobody's log or statistics are full of them.
    assert eager.execute("SELECT count(*) > 100 FROM lair.seen") == [(True,)]
    assert eager.execute("SELECT count(*) FROM launchpad.stats") == [(0,)]
    assert "launchpad call:" not in eager.log.read_text()


def test_not_by_a_function_of_a_superuser_either(eager):
    """Whose owner is who autovacuum runs as."""
    eager.execute(
        f"""CREATE FUNCTION lent() RETURNS SETOF record LANGUAGE sql SECURITY DEFINER
            AS $$ SELECT * FROM public.{CALL} AS t(a int) $$"""
    )
    eager.execute(HOSTILE.format(function="lent()", after=""), user="hermit")
    seen = wait_until(lambda: eager.execute("SELECT DISTINCT what FROM lair.seen"), 60, "it looked")
    assert seen == [("42501",)]


def test_a_refusal_is_one_error_in_the_log(eager):
    eager.execute(HOSTILE.format(function=CALL, after="RAISE;"), user="hermit")
    words = "permission denied to run a script"
    wait_until(lambda: eager.log.read_text().count(words) >= 2, 60, "it tried twice")
    text = eager.log.read_text()
    tries = text.count('automatic analyze of table "postgres.lair.bait"')
    assert text.count(words) <= tries
    assert eager.execute("SELECT count(*) FROM lair.seen") == [(0,)]
    assert eager.execute("SELECT count(*) FROM launchpad.stats") == [(0,)]

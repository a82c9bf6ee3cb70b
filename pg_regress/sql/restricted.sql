-- Commands of other roles that run an object's expressions with its owner's rights: no scripts there.
\set SHOW_CONTEXT never
CREATE ROLE keeper;
CREATE ROLE member IN ROLE keeper;
GRANT EXECUTE ON FUNCTION execute_external_script TO keeper, member;
GRANT EXECUTE ON PROCEDURE sp_execute_external_script TO keeper, member;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO keeper, member;
CREATE SCHEMA kept AUTHORIZATION keeper;
GRANT USAGE ON SCHEMA kept TO member;
-- A function of the superuser's that the owner may use: another current user, and not the owner's right
CREATE FUNCTION lent_score(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
BEGIN
  RETURN (SELECT a FROM public.execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int));
END $$;
SET ROLE keeper;
-- It claims to be immutable.
CREATE FUNCTION kept.score(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN (SELECT a + x FROM public.execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int));
END $$;
CREATE FUNCTION kept.called(x int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE p jsonb; r refcursor;
BEGIN
  CALL public.sp_execute_external_script('Python', 'y = 2', params => p, result => r);
  RETURN x;
END $$;
-- It hides that it failed.
CREATE FUNCTION kept.quiet(x int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  PERFORM kept.score(x);
  RETURN 'it ran';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
-- The owner's own commands
CREATE TABLE kept.points AS SELECT g AS x FROM generate_series(1, 3) g;
CREATE INDEX scored ON kept.points (kept.score(x));
ANALYZE kept.points;
REINDEX TABLE kept.points;
CREATE MATERIALIZED VIEW kept.scores AS SELECT x, kept.score(x) FROM kept.points;
CREATE UNIQUE INDEX ON kept.scores (x);
REFRESH MATERIALIZED VIEW kept.scores;
REFRESH MATERIALIZED VIEW CONCURRENTLY kept.scores;
TABLE kept.scores;
CREATE MATERIALIZED VIEW kept.direct AS
  SELECT a FROM execute_external_script('Python', 'OutputDataSet = InputDataSet * 2', 'SELECT x FROM kept.points') AS t(a int);
TABLE kept.direct;
CREATE MATERIALIZED VIEW kept.calls AS SELECT kept.called(x) FROM kept.points WITH NO DATA;
CREATE STATISTICS kept.scored_statistics ON (kept.score(x)), (kept.score(-x)) FROM kept.points;
CREATE TABLE kept.rewritten (x int, y int);
CREATE INDEX ON kept.rewritten (kept.score(x));
INSERT INTO kept.rewritten VALUES (1, 1);
CREATE TABLE kept.ranges (x int, filler char(5000) DEFAULT '');
ALTER TABLE kept.ranges ALTER filler SET STORAGE PLAIN;
CREATE INDEX summarized ON kept.ranges USING brin (kept.score(x)) WITH (pages_per_range = 1);
INSERT INTO kept.ranges SELECT g FROM generate_series(1, 3) g;
RESET ROLE;
-- A superuser's
SELECT launchpad.reset_stats();
\set VERBOSITY verbose
REFRESH MATERIALIZED VIEW kept.scores;
\set VERBOSITY terse
REFRESH MATERIALIZED VIEW CONCURRENTLY kept.scores;
REFRESH MATERIALIZED VIEW kept.direct;
REFRESH MATERIALIZED VIEW kept.calls;
ANALYZE kept.points;
VACUUM ANALYZE kept.points;
VACUUM FULL kept.points;
REINDEX INDEX kept.scored;
REINDEX TABLE kept.points;
REINDEX TABLE CONCURRENTLY kept.points;
CLUSTER kept.points USING scored;
CREATE INDEX ON kept.points (kept.score(x + 1));
CREATE INDEX CONCURRENTLY concurrent ON kept.points (kept.score(x + 2));
CREATE INDEX ON kept.points USING brin (kept.score(x));
ALTER TABLE kept.rewritten ALTER y TYPE text;
SELECT brin_summarize_new_values('kept.summarized');
SET ROLE keeper;
DROP INDEX kept.scored, kept.scored_ccnew, kept.concurrent;
CREATE INDEX quiet ON kept.points (kept.quiet(x));
RESET ROLE;
-- The statistics alone
ANALYZE kept.points;
-- What hides its failure gets nothing done by it, and leaves no trace in the statistics.
DROP STATISTICS kept.scored_statistics;
ANALYZE kept.points;
REINDEX TABLE kept.points;
SELECT count(*) FROM launchpad.stats WHERE role <> 'keeper';
SELECT calls > 0 AS ran, refusals FROM launchpad.stats WHERE role = 'keeper';
-- The superuser's function in the owner's expression, where the current user is the command's again
SET ROLE keeper;
DROP INDEX kept.quiet;
CREATE INDEX lent ON kept.points (lent_score(x));
CREATE MATERIALIZED VIEW kept.lent_scores AS SELECT lent_score(x) FROM kept.points;
CREATE MATERIALIZED VIEW kept.lent_scores AS SELECT lent_score(x) FROM kept.points WITH NO DATA;
RESET ROLE;
CREATE INDEX lent ON kept.points (lent_score(x));
REFRESH MATERIALIZED VIEW kept.lent_scores;
-- A member of the owner's role is not the owner, until it sets that role.
SET SESSION AUTHORIZATION member;
REFRESH MATERIALIZED VIEW kept.scores;
SET ROLE keeper;
REFRESH MATERIALIZED VIEW kept.scores;
CREATE MATERIALIZED VIEW kept.of_member AS SELECT kept.score(1) AS a;
TABLE kept.of_member;
RESET ROLE;
REFRESH MATERIALIZED VIEW kept.of_member;
RESET SESSION AUTHORIZATION;
SET ROLE keeper;
REFRESH MATERIALIZED VIEW kept.of_member;
-- The owner's own function with its own rights
CREATE FUNCTION kept.refresh() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'REFRESH MATERIALIZED VIEW kept.of_member';
GRANT EXECUTE ON FUNCTION kept.refresh TO PUBLIC;
SELECT kept.refresh();
CREATE OR REPLACE FUNCTION kept.refresh() RETURNS void LANGUAGE sql AS 'REFRESH MATERIALIZED VIEW kept.of_member';
SELECT kept.refresh();
RESET ROLE;
SELECT kept.refresh();
-- As pg_restore leaves it
CREATE MATERIALIZED VIEW kept.restored AS SELECT kept.score(1) AS a WITH NO DATA;
ALTER MATERIALIZED VIEW kept.restored OWNER TO keeper;
REFRESH MATERIALIZED VIEW kept.restored;
SELECT relispopulated FROM pg_class WHERE oid = 'kept.restored'::regclass;
-- Parallel workers: a function that claims that it may
\set VERBOSITY default
CREATE FUNCTION kept.parallel(x int) RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS $$
BEGIN
  RETURN (SELECT a + x FROM public.execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int));
END $$;
-- PostgreSQL 16 has another name for it.
SELECT CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'force_parallel_mode' ELSE 'debug_parallel_query' END
  AS parallel_mode \gset
SET :parallel_mode = on;
SELECT kept.parallel(x) FROM kept.points ORDER BY 1;
\echo :SQLSTATE
RESET :parallel_mode;
SELECT kept.parallel(x) FROM kept.points ORDER BY 1;
\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA kept CASCADE;
DROP FUNCTION lent_score;
REVOKE ALL ON FUNCTION execute_external_script FROM keeper, member;
REVOKE ALL ON PROCEDURE sp_execute_external_script FROM keeper, member;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM keeper, member;
DROP ROLE member, keeper;

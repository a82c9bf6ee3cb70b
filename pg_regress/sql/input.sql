-- The input query: one statement that only reads.
\set SHOW_CONTEXT never
CREATE TABLE numbers AS SELECT i, i / 2.0 AS half, 'row ' || i AS name FROM generate_series(1, 5) AS i;
CREATE FUNCTION count_rows(query text) RETURNS SETOF bigint LANGUAGE sql AS $$
  SELECT n FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"n": [len(InputDataSet)]})', query) AS t(n bigint)
$$;
SELECT count_rows('SELECT * FROM numbers');
SELECT count_rows('SELECT * FROM numbers;');
SELECT count_rows('TABLE numbers');
SELECT count_rows('VALUES (1), (2)');
SELECT count_rows('WITH n AS (SELECT * FROM numbers WHERE i > 3) SELECT * FROM n');
SELECT count_rows('SELECT * FROM numbers WHERE false');
-- More than a batch of rows
SELECT count_rows('SELECT i, i::text AS t FROM generate_series(1, 300000) AS i');
-- Zero rows: columns and types are there.
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame({"c": [c for c in InputDataSet], "t": [str(t) for t in InputDataSet.dtypes]})
$$, 'SELECT 1 AS i, 2.5::float8 AS f, ''x''::text AS s, true AS b, now() AS t WHERE false') AS t(c text, t text);
-- No columns at all
SELECT count_rows('SELECT FROM generate_series(1, 2)');
-- What is refused
SELECT count_rows('SELECT 1; SELECT 2');
SELECT count_rows('-- nothing');
SELECT count_rows('INSERT INTO numbers VALUES (6)');
SELECT count_rows('WITH d AS (DELETE FROM numbers RETURNING i) SELECT * FROM d');
SELECT count_rows('SELECT * FROM numbers FOR UPDATE');
SELECT count_rows('CREATE TABLE x ()');
SELECT count_rows('COPY numbers TO STDOUT');
SELECT count_rows('BEGIN');
SELECT count_rows('SELECT * INTO x FROM numbers');
SELECT count_rows('SELECT 1 AS a, 2 AS a');
-- Errors of the query are its own, with their position.
\set SHOW_CONTEXT never
SELECT * FROM execute_external_script('Python', 'pass', 'SELECT nope FROM numbers') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', 'SELEC 1') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', 'SELECT 1 / (i - 3) AS a FROM numbers') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', 'SELECT * FROM no_such_table') AS t(a int);
-- A parallel plan is used where PostgreSQL would use one.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
-- PostgreSQL 16 has another name for it.
SELECT CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'force_parallel_mode' ELSE 'debug_parallel_query' END
  AS parallel_mode \gset
SET :parallel_mode = on;
SELECT count_rows('SELECT * FROM numbers');
RESET ALL;
DROP FUNCTION count_rows(text);
DROP TABLE numbers;

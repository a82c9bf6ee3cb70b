-- Parameters: a JSON literal, json, jsonb, or any row value.
\set SHOW_CONTEXT never
CREATE FUNCTION show() RETURNS text LANGUAGE sql AS $f$ SELECT $s$
OutputDataSet = pandas.DataFrame({"t": [type(a).__name__, type(b).__name__], "v": [repr(a), repr(b)]})
$s$ $f$;
SELECT * FROM execute_external_script('Python', show(), params => '{"a": 2, "b": "x"}') AS t(t text, v text);
SELECT * FROM execute_external_script('Python', show(), params => '{"a": 2.5, "b": null}'::jsonb) AS t(t text, v text);
SELECT * FROM execute_external_script('Python', show(), params => '{"a": true, "b": [1, {"c": null}]}'::json) AS t(t text, v text);
SELECT * FROM execute_external_script('Python', show(), params => (SELECT p FROM (SELECT 1::smallint AS a, '\xdead'::bytea AS b) AS p)) AS t(t text, v text);
SELECT * FROM execute_external_script('Python', show(), params => (SELECT p FROM (SELECT date '2020-02-29' AS a, timestamptz '2020-02-29 12:00+00' AS b) AS p)) AS t(t text, v text);
SELECT * FROM execute_external_script('Python', show(), params => (SELECT p FROM (SELECT NULL::int AS a, 1.5::float8 AS b) AS p)) AS t(t text, v text);
-- A row of a table
CREATE TABLE models (a text, gone int, b bytea);
ALTER TABLE models DROP COLUMN gone;
INSERT INTO models VALUES ('m', '\x0102');
SELECT * FROM execute_external_script('Python', show(), params => (SELECT m FROM models AS m)) AS t(t text, v text);
-- Larger than a pipe
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"n": [len(m)]})',
    params => (SELECT p FROM (SELECT repeat('x', 3000000) AS m) AS p)) AS t(n int);
-- None at all
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"n": [1]})', params => '{}') AS t(n int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"n": [1]})', params => NULL::jsonb) AS t(n int);
-- Refused before anything runs
SELECT * FROM execute_external_script('Python', 'pass', params => '[1]') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', params => '{') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', params => 5) AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', params => '{"class": 1}') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', params => '{"a b": 1}') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', params => '{"InputDataSet": 1}') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', params => '{"OutputDataSet": 1}') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', params => (SELECT p FROM (SELECT 1 AS x, 2 AS x) AS p)) AS t(a int);
DROP TABLE models;
DROP FUNCTION show();

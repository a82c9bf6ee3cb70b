-- The function wherever a set-returning function may stand.
CREATE TABLE points AS SELECT x::float8 FROM generate_series(1, 3) AS x;
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = InputDataSet.assign(y = InputDataSet.x * k)
$$, 'SELECT x FROM points', '{"k": 2}') AS t(x float8, y float8);
-- any case of the language; named arguments; other data set names
SELECT * FROM execute_external_script(language => 'pYTHON', script => 'result = rows',
    input_data_1 => 'SELECT 1 AS a', input_data_1_name => 'rows', output_data_1_name => 'result') AS t(a int);
-- no input
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1, 2]})') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"n": [len(InputDataSet)]})', ' ; ') AS t(n int);
-- no result: the output name was never assigned
SELECT * FROM execute_external_script('Python', 'x = 1') AS t(a int);
-- joins, LATERAL, aggregates
SELECT p.x, t.y FROM points p
  JOIN execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(y = InputDataSet.x ** 2)',
                               'SELECT x FROM points') AS t(x float8, y float8) USING (x) ORDER BY x;
SELECT p.x, t.s FROM points p,
  LATERAL execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"s": [f"<{v}>"]})',
                                  params => jsonb_build_object('v', p.x)) AS t(s text) ORDER BY x;
-- INSERT … SELECT, CREATE TABLE AS, views, prepared statements
CREATE TABLE squares (x float8, y float8);
INSERT INTO squares SELECT * FROM execute_external_script('Python',
    'OutputDataSet = InputDataSet.assign(y = InputDataSet.x ** 2)', 'SELECT x FROM points') AS t(x float8, y float8);
SELECT * FROM squares ORDER BY x;
CREATE VIEW doubled AS SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet * 2',
    'SELECT x FROM points') AS t(x float8);
SELECT sum(x) FROM doubled;
PREPARE twice(int) AS SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [2 * v]})',
    params => (SELECT p FROM (SELECT $1 AS v) AS p)) AS t(a int);
EXECUTE twice(4);
EXECUTE twice(5);
-- The input query sees the caller's uncommitted changes; a rolled back savepoint is gone.
BEGIN;
INSERT INTO points VALUES (4);
SAVEPOINT s;
INSERT INTO points VALUES (5);
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT x FROM points') AS t(x float8);
ROLLBACK TO s;
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT x FROM points') AS t(x float8);
ROLLBACK;
-- An error in a PL/pgSQL block with EXCEPTION leaves the transaction usable.
DO $do$
BEGIN
    PERFORM * FROM execute_external_script('Python', 'raise ValueError("no")') AS t(a int);
EXCEPTION WHEN external_routine_exception THEN
    RAISE NOTICE 'caught: %', SQLERRM;
    PERFORM * FROM execute_external_script('Python', 'pass') AS t(a int);
END $do$;
-- Two calls at once in one query; a call's input that is itself a call.
SELECT a, b FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1]})') AS t(a int),
                 execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"b": [2]})') AS u(b int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet + 1', $q$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1]})') AS t(a int)
$q$) AS t(a int);
-- No state survives a call, and __main__ is the script's own.
SELECT * FROM execute_external_script('Python', 'import builtins; builtins.left_behind = 1') AS t(a int);
SELECT * FROM execute_external_script('Python', $$
import builtins
OutputDataSet = pandas.DataFrame({"seen": [hasattr(builtins, "left_behind")], "name": [__name__]})
$$) AS t(seen bool, name text);
-- Random generators differ from call to call.
SELECT count(DISTINCT r), count(DISTINCT n) FROM (SELECT t.* FROM generate_series(1, 4) AS i, LATERAL execute_external_script('Python', $$
import random
OutputDataSet = pandas.DataFrame({"r": [random.random()], "n": [numpy.random.rand()]})
$$, params => jsonb_build_object('i', i)) AS t(r float8, n float8)) AS all_calls;
-- Where no set may be returned.
SELECT execute_external_script('Python', 'pass');
SELECT * FROM execute_external_script('Python', 'pass');
DROP VIEW doubled;
DROP TABLE points, squares;

-- Arrays, composites and domains, there and back.
\set SHOW_CONTEXT never
CREATE TYPE point3 AS (x int, label text, z float8[]);
CREATE TABLE part (id bigint, gone int, name varchar(5), at timestamptz);
ALTER TABLE part DROP COLUMN gone;
CREATE TYPE whole AS (p point3, parts part[], price numeric(10,2));
CREATE DOMAIN few AS int[] CHECK (cardinality(VALUE) < 3);
CREATE DOMAIN known AS part CHECK ((VALUE).id > 0);
CREATE TABLE nested (id int, a int[], t text[], b bool[], n numeric(5,2)[], y bytea[], d date[], tz timestamptz[], v interval[], u uuid[], c point3, w whole, f few, k known);
INSERT INTO nested VALUES
    (1, '{1,NULL,-2147483648}', '{a,"",NULL,"ä ☃"}', '{t,NULL,f}', '{1.50,NULL}', '{"\\x00ff",NULL}', '{0001-01-01,NULL}', '{"2024-02-29 12:00+00",NULL}', '{1 day,NULL,1 mon}',
     '{f47ac10b-58cc-4372-a567-0e02b2c3d479}', '(1,a,"{0.5,NULL}")', ROW(ROW(NULL, 'in', '{}'), ARRAY[ROW(1, 'p', '2024-01-01 00:00+00')::part, NULL], 9.99), '{1}', ROW(5, 'k', NULL)),
    (3, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '(,,)', '(,,)', '{}', '(1,,)'),
    (4, '{7,8}', '{x}', '{f}', '{0}', '{""}', '{2000-01-01}', '{2000-01-01 00:00+00}', '{00:00:01}', '{}', '(3,,"{1,2}")', '("(1,,)",{},1)', '{1,2}', '(2,b,)');
INSERT INTO nested (id) VALUES (2);
CREATE FUNCTION nested_echo() RETURNS SETOF nested LANGUAGE sql AS $$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE nested')
    AS t(id int, a int[], t text[], b bool[], n numeric(5,2)[], y bytea[], d date[], tz timestamptz[], v interval[], u uuid[], c point3, w whole, f few, k known)
$$;
SELECT n.* FROM nested AS n EXCEPT ALL SELECT * FROM nested_echo();
SELECT * FROM nested_echo() EXCEPT ALL SELECT n.* FROM nested AS n;
SET launchpad.numeric = 'decimal';
SELECT n.* FROM nested AS n EXCEPT ALL SELECT * FROM nested_echo();
SET launchpad.python_types = 'pyarrow';
SELECT n.* FROM nested AS n EXCEPT ALL SELECT * FROM nested_echo();
SELECT * FROM nested_echo() EXCEPT ALL SELECT n.* FROM nested AS n;
RESET launchpad.python_types;
RESET launchpad.numeric;
-- NULL is not a row of NULLs, nor the empty array.
SELECT id, a IS NULL AS a, c IS NOT DISTINCT FROM NULL AS c, cardinality(a) FROM nested_echo() ORDER BY id;
-- What a script sees: ndarrays of numbers, lists, dicts
SELECT * FROM execute_external_script('Python', $$
v = InputDataSet.iloc[0]
OutputDataSet = pandas.DataFrame({"c": InputDataSet.columns, "k": [type(x).__name__ for x in v], "v": [repr(x) for x in v]})
$$, $$SELECT '{1,2}'::int[] AS i, '{1,NULL}'::int[] AS n, '{1,NULL}'::float8[] AS f, '{a,NULL}'::text[] AS t, ROW(1, 'a', '{1}')::point3 AS c, '{1}'::few AS d$$)
  AS t(c text, k text, v text);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(repr(a), repr(c))]',
    params => (SELECT p FROM (SELECT '{1,NULL}'::int[] AS a, ROW(1, 'a', '{1}')::point3 AS c) AS p)) AS t(a text, c text);
-- Lists count from 0, and stand for arrays that count from 1.
SELECT * FROM execute_external_script('Python', 'pass', $$SELECT '[0:1]={1,2}'::int[] AS a$$) AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'pass', params => (SELECT p FROM (SELECT '[2:2][1:1]={{1}}'::int[] AS a) AS p)) AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', $$SELECT '{{1,2},{3,4}}'::int[]::text AS a, '1 2'::int2vector AS v, ROW(1, 'x') AS r$$)
  AS t(a int[], v int2vector, r text);
-- What scripts make themselves: dicts by name, tuples by position, text through the input function
SELECT * FROM execute_external_script('Python', $$
import uuid
OutputDataSet = pandas.DataFrame({
    "c": [{"label": "by name", "x": 1}, {"z": [1, float("nan")]}, None], "t": [(1, "by position", None), (2, None, [3]), None], "s": ["(1,text,)", None, "(,,)"],
    "a": [numpy.array([1.0, 2.0]), numpy.array([]), None], "u": [[uuid.UUID(int=1)], [], None]})
$$) AS t(c point3, t point3, s point3, a int[], u uuid[]);
-- Anything else takes dicts and lists as JSON.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[1, None]], "b": [{"k": [1]}], "c": [[{"k": [1, 2]}, {"k": 3}]]})') AS t(a jsonb, b text, c jsonb[]);
-- What does not fit names column and row.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[1], [2, 70000]]})') AS t(a smallint[]);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [["abc", "abcdef"]]})') AS t(a varchar(3)[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [{"id": 1, "name": "too long", "at": None}]})') AS t(a part);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[1], [1, 2, 3]]})') AS t(a few);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [{"id": 1}, {"id": -1}]})') AS t(a known);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [{"x": 1, "other": 2}]})') AS t(a point3);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [(1, 2)]})') AS t(a point3);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[1, "x"]]})') AS t(a text[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1, [2]]})') AS t(a int[]);
SELECT * FROM execute_external_script('Python', 'import pyarrow; OutputDataSet = pyarrow.table({"a": [[1]]})') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'import pyarrow; OutputDataSet = pyarrow.table({"a": [{"x": 1}]})') AS t(a int[]);
-- Columns of a script's own: lists are arrays, dicts JSON; decimals, times and intervals as they are.
BEGIN;
CALL sp_execute_external_script('Python', $$
import datetime, decimal
OutputDataSet = pandas.DataFrame({"l": [[1, None], []], "t": [["a"], None], "d": [{"k": 1}, None], "n": [decimal.Decimal("1.50"), None],
                                  "c": [datetime.time(12), None], "v": [datetime.timedelta(days=1), None]})
$$, result => 'own');
FETCH ALL FROM own;
COMMIT;
CALL sp_execute_external_script('Python', 'import pyarrow; OutputDataSet = pyarrow.table({"l": [[{"a": 1}, {"a": 2}]]})');
\echo :SQLSTATE
DROP FUNCTION nested_echo();
DROP TABLE nested;
DROP TYPE whole;
DROP DOMAIN known, few;
DROP TABLE part;
DROP TYPE point3;
-- A composite type that is altered while a call uses it: by the input query, by the parameters, by a constraint of the result.
\set SHOW_CONTEXT never
CREATE TYPE altered AS (a int, b text);
CREATE FUNCTION alters(i int) RETURNS altered LANGUAGE plpgsql AS $$
BEGIN
    IF i = 2 THEN
        ALTER TYPE altered ALTER ATTRIBUTE b TYPE bigint;
    END IF;
    IF i < 2 THEN
        RETURN ROW(1, 'x')::altered;
    END IF;
    RETURN (SELECT ROW(1, 2000000000)::altered);
END $$;
BEGIN;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[len(InputDataSet)]]', 'SELECT alters(g) AS p FROM generate_series(1, 3) g') AS t(a int);
\echo :SQLSTATE
ROLLBACK;
BEGIN;
SELECT * FROM execute_external_script('R', 'OutputDataSet <- nrow(InputDataSet)', 'SELECT ARRAY[alters(g)] AS p FROM generate_series(1, 3) g') AS t(a int);
ROLLBACK;
CREATE FUNCTION alters_too(i int) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    IF i = 2 THEN
        ALTER TYPE altered DROP ATTRIBUTE b;
    END IF;
    RETURN true;
END $$;
CREATE DOMAIN altering AS int CHECK (alters_too(VALUE));
CREATE TYPE outer_type AS (n altering, p altered);
BEGIN;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[{"n": n, "p": {"a": 1, "b": "x"}}] for n in (1, 2, 3)]') AS t(o outer_type);
\echo :SQLSTATE
ROLLBACK;
-- A value that is older than the type as it is now: what lies beyond it is not read.
CREATE TYPE aged AS (a int, b bigint);
CREATE FUNCTION ages() RETURNS text LANGUAGE plpgsql AS $$ BEGIN ALTER TYPE aged ALTER ATTRIBUTE b TYPE text; RETURN ''; END $$;
BEGIN;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[str(p)]]', params => (SELECT r FROM (SELECT ROW(1, 2000000000)::aged AS p) r), output_data_1_name => left(ages(), 0) || 'OutputDataSet') AS t(a text);
ROLLBACK;
DROP FUNCTION ages;
DROP TYPE aged;
-- Before it, it is read as it is.
BEGIN;
ALTER TYPE altered ADD ATTRIBUTE c int;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[str(InputDataSet.p[0])]]', 'SELECT ROW(1, 2, 3)::altered AS p') AS t(a text);
ROLLBACK;
DROP TYPE outer_type;
DROP DOMAIN altering;
DROP FUNCTION alters, alters_too;
DROP TYPE altered;

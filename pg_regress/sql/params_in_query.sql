-- params.name in the input query: a typed parameter, never spliced text.
\set SHOW_CONTEXT never
CREATE TABLE items AS SELECT g AS id, 'item ' || g AS label, g * 1.5 AS price FROM generate_series(1, 10) g;
CREATE FUNCTION returned(query text, params jsonb DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $f$
  SELECT * FROM execute_external_script('Python', $s$
OutputDataSet = pandas.DataFrame({"row": [str(tuple(row)) for row in InputDataSet.itertuples(index=False)]})
$s$, query, params) AS t(line text)
$f$;
-- From JSON: each value's natural type
SELECT returned('SELECT pg_typeof(params.t)::text AS t, pg_typeof(params.i)::text AS i, pg_typeof(params.f)::text AS f,
  pg_typeof(params.b)::text AS b, pg_typeof(params.n)::text AS n, pg_typeof(params.l)::text AS l, pg_typeof(params.o)::text AS o,
  pg_typeof(params.big)::text AS big',
  '{"t": "x", "i": 1, "f": 1.5, "b": true, "n": null, "l": [1], "o": {"k": 1}, "big": 12345678901234567890}');
SELECT returned('SELECT id, label FROM items WHERE id BETWEEN params.low AND params.high AND price > params.price',
  '{"low": 3, "high": 5, "price": 4.6}');
SELECT returned('SELECT params.l->1 AS l, params.o->>''k'' AS o, params.big + 1 - 12345678901234567890 AS big, params.b AND NOT params.b AS b',
  '{"b": true, "l": [1, "two"], "o": {"k": "v"}, "big": 12345678901234567890}');
-- NULL is of whatever type its surroundings ask for
SELECT returned('SELECT id + params.n AS a, coalesce(params.n, label) AS b, params.n AS c FROM items WHERE id = 1', '{"n": null}');
SELECT returned('SELECT count(*) FROM items WHERE label = params.n', '{"n": null}');
-- Whatever a text says, it is a value
SELECT returned('SELECT label FROM items WHERE label = params.s', jsonb_build_object('s', ''' OR true; DROP TABLE items; --'));
SELECT returned('SELECT params.s AS s', jsonb_build_object('s', 'it''s "quoted" \ and $1 and params.s'));
SELECT returned('SELECT label || 1 AS s FROM items WHERE id = params.s', '{"s": "1"}');
-- Wherever an expression may stand
SELECT returned('WITH c AS (SELECT id, label FROM items WHERE id > params.k)
  SELECT c.id % params.m AS r, count(*) AS n, (SELECT max(i.id) FROM items i WHERE i.id < params.k) AS m
  FROM c JOIN LATERAL (SELECT params.m AS m) l ON l.m = params.m GROUP BY c.id % params.m HAVING count(*) > params.zero
  ORDER BY c.id % params.m LIMIT params.m', '{"k": 4, "m": 2, "zero": 0}');
SELECT returned('VALUES (params.a, params.b), (params.b, params.a)', '{"a": 1, "b": 2}');
SELECT returned('SELECT id FROM items WHERE id IN (SELECT (jsonb_array_elements_text(params.ids))::int) ORDER BY 1', '{"ids": [2, 4, 99]}');
-- From a row value: the column's own type
CREATE TYPE mood AS ENUM ('sad', 'happy');
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet',
  'SELECT pg_typeof(params.a)::text AS a, pg_typeof(params.v)::text AS v, pg_typeof(params.d)::text AS d,
          pg_typeof(params.m)::text AS m, pg_typeof(params.ids)::text AS ids, params.a + 1 AS a1, params.v || ''!'' AS v1,
          params.d + 1 AS d1, params.m AS m1, params.ids[2] AS id, params.nothing',
  (SELECT p FROM (SELECT 1.25::numeric(6,2) AS a, 'abc'::varchar(5) AS v, date '2024-02-29' AS d, 'happy'::mood AS m,
                         ARRAY[7,8] AS ids, NULL::int AS nothing) AS p)) AS t(a text, v text, d text, m text, ids text, a1 numeric, v1 text, d1 date, m1 mood, id int, nothing int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id FROM items WHERE id = ANY (params.ids)',
  (SELECT p FROM (SELECT ARRAY[3,5] AS ids) AS p)) AS t(id int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT (params.item).label AS label',
  (SELECT p FROM (SELECT i AS item FROM items i WHERE id = 6) AS p)) AS t(label text);
-- … as its type has it
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT params.c || ''|'' AS c, length(params.v) AS v',
  (SELECT p FROM (SELECT 'ab'::char(4) AS c, 'abcdef'::varchar(3) AS v) AS p)) AS t(c text, v int);
-- A row's literals without a type
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT label FROM items WHERE id = params.f1 AND params.f2 IS NULL',
  ROW(4, NULL)) AS t(label text);
-- The script and the query see the same parameter
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(k = k)', 'SELECT params.k AS q', '{"k": 2}') AS t(q int, k int);
-- Names: as written, or in any case if only one can be meant
SELECT returned('SELECT params.minAge AS a, PARAMS.MINAGE AS b, params."minAge" AS c', '{"minAge": 18}');
SELECT returned('SELECT params.k AS exact, params."K" AS quoted', '{"k": 1, "K": 2}');
SELECT returned('SELECT params.kk AS k', '{"Kk": 1, "kK": 2}');
SELECT returned('SELECT params."größe" AS a, params."GRÖSSE" AS b', '{"größe": 1}');
SELECT returned('SELECT params."GRÖßE" AS a', '{"größe": 1}');
-- Unknown
SELECT returned('SELECT 1 AS one, params.x AS x', '{"a": 1, "b": 2}');
SELECT returned('SELECT params.x AS x');
SELECT returned('SELECT params.* AS x', '{"a": 1}');
SELECT returned('SELECT params AS x', '{"a": 1}');
SELECT returned('SELECT p.params.a AS x', '{"a": 1}');
-- Of a type that does not fit: PostgreSQL's own error, with its position
SELECT returned('SELECT params.a + 1 AS x', '{"a": "b"}');
-- A relation of that name: its columns win, its other names are parameters
CREATE TABLE params (id int, k text);
INSERT INTO params VALUES (1, 'column');
SELECT returned('SELECT params.k AS k, params.z AS z FROM params', '{"k": "parameter", "z": "parameter"}');
SELECT returned('SELECT p.k AS c, params.k AS p FROM params AS p', '{"k": "parameter"}');
SELECT returned('SELECT (SELECT params.k) AS k FROM items AS params WHERE params.id = params.one', '{"k": "parameter", "one": 1}');
SELECT returned('SELECT params.nowhere AS k FROM params', '{"k": 1}');
DROP TABLE params;
-- A NUL character is nothing that the query could have; the script can.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(len(s), InputDataSet.one[0])]', 'SELECT 1 AS one', '{"s": "a\u0000b"}') AS t(a int, b int);
SELECT * FROM execute_external_script('Python', 'pass', 'SELECT params.s AS s', '{"s": "a\u0000b"}') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', 'SELECT params.l AS s', '{"l": ["a\u0000b"]}') AS t(a int);
-- Still one statement that only reads
SELECT returned('DELETE FROM items WHERE id = params.k', '{"k": 1}');
SELECT returned('SELECT 1; SELECT params.k', '{"k": 1}');
-- Parallel plans take parameters along
CREATE FUNCTION worker() RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS 'BEGIN RETURN pg_backend_pid(); END';
CREATE TABLE many AS SELECT g AS id FROM generate_series(1, 20000) g;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet',
  'SELECT count(*), sum(id), bool_and(worker() <> params.leader), min(params.s) FROM many WHERE id % params.m = 0 AND params.s <> ''''',
  jsonb_build_object('m', 2, 'leader', pg_backend_pid(), 's', 'text')) AS t(n bigint, sum bigint, elsewhere boolean, s text);
COMMIT;
DROP TABLE items, many;
DROP TYPE mood CASCADE;
DROP FUNCTION returned, worker;

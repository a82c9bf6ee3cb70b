-- Arrays of several dimensions, there and back, in both languages.
\set SHOW_CONTEXT never
CREATE TYPE grid AS (name text, cells int[]);
CREATE DOMAIN board AS text[] CHECK (array_ndims(VALUE) = 2);
CREATE TABLE several (id int, i int[], f float8[], t text[], b bool[], n numeric(6,2)[], y bytea[], d date[], z timestamptz[], j jsonb[], u uuid[], g grid, w board);
INSERT INTO several VALUES
    (1, '{{1,2,3},{4,NULL,6}}', '{{0.5,NULL},{1e300,-2}}', '{{a,""},{NULL,"ä ☃"}}', '{{t,NULL},{f,t}}', '{{1.50,NULL},{2,3}}', '{{"\\x00ff",NULL}}', '{{2024-02-29},{NULL}}', '{{"2024-02-29 12:00+00",NULL}}',
     '{{"{\"k\": 1}","[1, 2]"},{NULL,"\"x\""}}', '{{f47ac10b-58cc-4372-a567-0e02b2c3d479,NULL}}', ROW('two', '{{1,2},{3,4}}'), '{{a,b},{c,d}}'),
    (2, '{7,8}', '{1}', '{x}', '{f}', '{1}', '{""}', '{2000-01-01}', '{}', '{1,2}', '{}', ROW('one', '{5}'), '{{x}}'),
    (3, '{{{1,2},{3,4}},{{5,6},{7,8}},{{9,10},{11,12}}}', '{{{{{{1,2}}}}}}', '{{{a,b}}}', '{}', '{}', '{}', '{}', '{}', '{{{1}}}', NULL, ROW('none', '{}'), NULL),
    (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE FUNCTION echo_arrays(language text, script text) RETURNS SETOF several LANGUAGE sql AS $$
  SELECT * FROM execute_external_script(language, script, 'TABLE several')
    AS t(id int, i int[], f float8[], t text[], b bool[], n numeric(6,2)[], y bytea[], d date[], z timestamptz[], j jsonb[], u uuid[], g grid, w board)
$$;
SELECT s.* FROM several AS s EXCEPT ALL SELECT * FROM echo_arrays('Python', 'OutputDataSet = InputDataSet');
SELECT * FROM echo_arrays('Python', 'OutputDataSet = InputDataSet') EXCEPT ALL SELECT s.* FROM several AS s;
SELECT s.* FROM several AS s EXCEPT ALL SELECT * FROM echo_arrays('R', 'OutputDataSet <- InputDataSet');
SELECT * FROM echo_arrays('R', 'OutputDataSet <- InputDataSet') EXCEPT ALL SELECT s.* FROM several AS s;
SET launchpad.python_types = 'nullable';
SELECT s.* FROM several AS s EXCEPT ALL SELECT * FROM echo_arrays('Python', 'OutputDataSet = InputDataSet');
SET launchpad.numeric = 'decimal';
SELECT s.* FROM several AS s EXCEPT ALL SELECT * FROM echo_arrays('Python', 'OutputDataSet = InputDataSet');
RESET launchpad.numeric;
-- Arrow's lists have one dimension.
SET launchpad.python_types = 'pyarrow';
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id, t, g FROM several WHERE id = 2') AS t(id int, t text[], g grid);
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id, t FROM several') AS t(id int, t text[]);
\echo :SQLSTATE
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id, g FROM several') AS t(id int, g grid);
RESET launchpad.python_types;
-- What scripts see
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(repr(x),) for x in InputDataSet.iloc[0]]', 'SELECT i, f, t, g FROM several WHERE id = 1') AS t(value text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(v = unname(sapply(InputDataSet, function(x) paste(deparse(x[[1]]), collapse = ""))))',
    'SELECT i, f, t FROM several WHERE id = 1') AS t(value text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(v = InputDataSet$i[[1]][3, 2, 1])', 'SELECT i FROM several WHERE id = 3') AS t(value int);
-- Parameters
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(repr(a), repr(b), repr(g))]',
    params => (SELECT p FROM (SELECT '{{1,2},{3,NULL}}'::int[] AS a, '{1}'::int[] AS b, ROW('x', '{{1},{2}}')::grid AS g) AS p)) AS t(a text, b text, g text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = a[2, 1], b = b, g = g$cells[2, 1], is = is.null(n))',
    params => (SELECT p FROM (SELECT '{{1,2},{3,NULL}}'::int[] AS a, '{1}'::int[] AS b, ROW('x', '{{1},{2}}')::grid AS g, NULL::int[] AS n) AS p)) AS t(a int, b int, g int, n bool);
-- What scripts return: lists, NumPy's arrays, Arrow's lists, R's matrices
SELECT * FROM execute_external_script('Python', $$
import datetime, pyarrow
OutputDataSet = {
    "a": [[[1, 2], [3, 4]], [5], None, []],
    "b": [numpy.arange(6).reshape(2, 3), numpy.ones((1, 1, 2), dtype="i4"), numpy.array([1]), None],
    "c": [[["x", None], ("y", "z")], [["1"]], ["flat"], [[]]],
    "d": pyarrow.array([[[1.5], [2.5]], [[3.5]], [], None]),
    "e": [[[datetime.date(2024, 1, 2)], [None]], None, None, None],
    "f": [[[("p", [1])], [("q", [[2]])]], [("d", None)], [[("e", [])]], None],
    "g": [[[{"name": "p", "cells": [1]}], [{"cells": [[2]]}]], [{"name": "d"}], [[{}, None]], None]}
$$) AS t(a int[], b bigint[], c text[], d float8[], e date[], f grid[], g grid[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = numpy.arange(8).reshape(2, 2, 2)') AS t(a int[]);
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(id = 1:4)
OutputDataSet$a <- list(matrix(1:6, nrow = 2), 5L, NULL, array(1:8, c(2, 2, 2)))
OutputDataSet$b <- list(list(c("a", NA), c("b", "c")), "d", list(list("e"), list("f")), character())
OutputDataSet$c <- list(structure(as.Date("2024-01-01") + 0:3, dim = c(2L, 2L)), as.Date("2024-01-01"), NULL, structure(as.Date("2024-01-01") + 0:1, dim = c(1L, 2L)))
OutputDataSet$d <- list(matrix(list(1.5, NULL, 2.5, 3), 2), list(1, 2), 1, matrix(1:2))
$$) AS t(id int, a int[], b text[], c date[], d float8[]);
-- Without declared columns
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = {"a": [[[1, 2], [3, 4]], [5]], "b": [["x"], None]}', result => 'python_arrays');
FETCH ALL FROM python_arrays;
CALL sp_execute_external_script('R', 'OutputDataSet <- data.frame(n = 1); OutputDataSet$a <- list(matrix(1:4, 2))', result => 'r_arrays');
FETCH ALL FROM r_arrays;
COMMIT;
-- Lists in a list are of one length.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"id": [1, 2], "a": [[[1]], [[1, 2], [3]]]}') AS t(id int, a int[]);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"a": [[[1, 2], 3]]}') AS t(a int[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"a": [[None, [3]]]}') AS t(a text[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"a": [[[[1], [2]], [[3], 4]]]}') AS t(a text[]);
SELECT * FROM execute_external_script('Python', 'import pyarrow; OutputDataSet = pyarrow.table({"a": [[[1, 2], [3]]]})') AS t(a int[]);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(id = 1); OutputDataSet$a <- list(list(1:2, 3L))') AS t(id int, a int[]);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(id = 1); OutputDataSet$a <- list(list(list(1), 2))') AS t(id int, a int[]);
-- PostgreSQL's arrays have six dimensions at most.
SELECT array_ndims(a) FROM execute_external_script('Python', 'OutputDataSet = {"a": [numpy.ones((1,) * 6)]}') AS t(a int[]);
SELECT array_ndims(a) FROM execute_external_script('Python', 'OutputDataSet = {"a": [numpy.ones((1,) * 7)]}') AS t(a int[]);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'x = []; x.append(x); OutputDataSet = {"a": [x]}') AS t(a int[]);
SELECT array_ndims(a) FROM execute_external_script('R', 'OutputDataSet <- data.frame(id = 1); OutputDataSet$a <- list(array(1, rep(1, 7)))') AS t(id int, a int[]);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(n = 1)', $$SELECT ARRAY[[ROW('x', NULL)::grid]] AS g$$) AS t(n int);
\echo :SQLSTATE
DROP FUNCTION echo_arrays;
DROP TABLE several;
DROP TYPE grid;
DROP DOMAIN board;

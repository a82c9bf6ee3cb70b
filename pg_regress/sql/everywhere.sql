-- Wherever a set-returning function may stand.
\set SHOW_CONTEXT never
CREATE TABLE obs AS SELECT g AS id, g % 3 AS grp, g * 0.5::float8 AS v FROM generate_series(1, 9) g;
CREATE TABLE target (id int, v float8);
-- A view, joined
CREATE VIEW doubled AS SELECT * FROM execute_external_script('Python',
  'OutputDataSet = InputDataSet.assign(v = InputDataSet.v * k)', 'SELECT id, v FROM obs WHERE id <= 3', '{"k": 2}') AS t(id int, v float8);
SELECT o.id, o.v, d.v AS twice FROM obs o JOIN doubled d USING (id) ORDER BY id;
-- INSERT … SELECT, CREATE TABLE AS, UPDATE … FROM, RETURNING
INSERT INTO target SELECT * FROM doubled RETURNING *;
CREATE TABLE made AS SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE target') AS t(id int, v float8);
SELECT * FROM made ORDER BY id;
UPDATE target SET v = t.v FROM execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(v = -1)', 'TABLE made') AS t(id int, v float8)
  WHERE target.id = t.id AND t.id > 1;
SELECT * FROM target ORDER BY id;
-- LATERAL: other arguments for each row
SELECT g, t.* FROM (SELECT DISTINCT grp AS g FROM obs) s,
  LATERAL execute_external_script('Python', format('OutputDataSet = [(len(InputDataSet), float(InputDataSet.v.sum()) + %s)]', g * 100),
    'SELECT v FROM obs WHERE grp = params.g', jsonb_build_object('g', g)) AS t(n int, sum float8) ORDER BY g;
SELECT o.id, t.* FROM obs o, LATERAL execute_external_script('Python', 'OutputDataSet = [(f1, f2)]', params => ROW(o.id, o.v)) AS t(a int, b float8) WHERE o.id < 3 ORDER BY 1;
-- Correlated, in EXISTS, WITH, UNION, WITH ORDINALITY, ROWS FROM
SELECT id FROM obs o WHERE EXISTS (SELECT FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [x]}).query("a > 8")',
  params => jsonb_build_object('x', o.id)) AS t(a int)) ORDER BY id;
WITH s AS MATERIALIZED (SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1,), (2,)]') AS t(a int))
  SELECT a FROM s UNION ALL SELECT a + 10 FROM s ORDER BY a;
SELECT * FROM ROWS FROM (execute_external_script('Python', 'OutputDataSet = [(1,), (2,)]') AS (a int), generate_series(1, 3)) WITH ORDINALITY AS t(a, b, n);
-- Not where a single value belongs, and not without its columns
SELECT execute_external_script('Python', 'OutputDataSet = [(1,)]');
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1,)]');
-- Prepared, with a parameter in every argument
PREPARE call(text, text, text, jsonb, text, text, text, text, int, boolean) AS
  SELECT * FROM execute_external_script($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS t(id int, v float8);
EXECUTE call('Python', 'o = i.assign(v = i.v * k)', 'SELECT id, v FROM obs WHERE id < params.k', '{"k": 3}', 'i', 'o', NULL, NULL, NULL, false);
EXECUTE call('python', 'b = a', 'SELECT id, v FROM obs WHERE id > 8', NULL, 'a', 'b', NULL, NULL, NULL, NULL);
SET plan_cache_mode = force_generic_plan;
EXECUTE call('Python', 'o = i', 'SELECT id, v FROM obs WHERE id = params.k', '{"k": 4}', 'i', 'o', NULL, NULL, NULL, false);
EXECUTE call('Python', 'o = i', 'SELECT id, v FROM obs WHERE id = params.k', '{"k": 5}', 'i', 'o', NULL, NULL, NULL, false);
RESET plan_cache_mode;
DEALLOCATE call;
-- Cursors
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id FROM obs') AS t(id int);
FETCH 2 FROM c;
FETCH LAST FROM c;
FETCH BACKWARD 1 FROM c;
CLOSE c;
DECLARE unread CURSOR FOR SELECT * FROM execute_external_script('Python', 'raise ValueError') AS t(id int);
CLOSE unread;
DECLARE held CURSOR WITH HOLD FOR SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id FROM obs') AS t(id int);
FETCH 1 FROM held;
COMMIT;
FETCH 2 FROM held;
CLOSE held;
-- The caller's own uncommitted changes, and savepoints
BEGIN;
DELETE FROM target;
INSERT INTO target VALUES (10, 1);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE target') AS t(id int, v float8);
SAVEPOINT a;
INSERT INTO target VALUES (11, 2);
SELECT * FROM execute_external_script('Python', 'raise ValueError(len(InputDataSet))', 'TABLE target') AS t(id int, v float8);
ROLLBACK TO a;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE target') AS t(id int, v float8);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT 1 / 0 AS id, 1 AS v') AS t(id int, v float8);
ROLLBACK TO a;
RELEASE a;
ROLLBACK;
-- The snapshot is the statement's
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE obs') AS t(id int, grp int, v float8);
COMMIT;
BEGIN READ ONLY;
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE obs') AS t(id int, grp int, v float8);
CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE obs', result => 'c');
FETCH 1 FROM c;
COMMIT;
-- PL/pgSQL: loops, RETURN QUERY, EXCEPTION, INTO
CREATE FUNCTION looped() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE r record; total float8 := 0; n int;
BEGIN
  FOR r IN SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id, v FROM obs') AS t(id int, v float8) LOOP
    total := total + r.v;
    EXIT WHEN r.id = 4;
  END LOOP;
  RETURN NEXT 'total ' || total;
  FOR i IN 1..3 LOOP
    BEGIN
      SELECT a INTO n FROM execute_external_script('Python', 'OutputDataSet = [(10 // (i - 2),)]', params => jsonb_build_object('i', i)) AS t(a int);
      RETURN NEXT i || ' gives ' || n;
    EXCEPTION WHEN external_routine_exception THEN
      RETURN NEXT i || ' raised ' || SQLERRM;
    END;
  END LOOP;
  BEGIN
    PERFORM * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT v / (id - 9) AS v FROM obs') AS t(v float8);
  EXCEPTION WHEN division_by_zero THEN
    RETURN NEXT SQLERRM;
  END;
  RETURN QUERY SELECT 'queried ' || a FROM execute_external_script('Python', 'OutputDataSet = [(1,)]') AS t(a int);
  RETURN QUERY EXECUTE 'SELECT ''executed '' || a FROM execute_external_script($1, $2) AS t(a int)' USING 'Python', 'OutputDataSet = [(2,)]';
END $$;
SELECT looped();
-- The first failure does not disturb the next call, however often.
DO $$
BEGIN
  FOR i IN 1..20 LOOP
    BEGIN
      PERFORM * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet; raise KeyError("x")', 'TABLE obs') AS t(a int, b int, c float8);
    EXCEPTION WHEN external_routine_exception THEN NULL;
    END;
  END LOOP;
  RAISE NOTICE '%', (SELECT a FROM execute_external_script('Python', 'OutputDataSet = [(1,)]') AS t(a int));
END $$;
-- CALL inside DO, and in an EXCEPTION block
DO $$
DECLARE p jsonb := '{"a": 1}'; r refcursor; x int;
BEGIN
  BEGIN
    CALL sp_execute_external_script('Python', 'a = 2; OutputDataSet = [(1,)]; raise ValueError', params => p, result => r);
  EXCEPTION WHEN external_routine_exception THEN RAISE NOTICE '% %', p, r;
  END;
  BEGIN
    CALL sp_execute_external_script('Python', 'a = 3; OutputDataSet = [(7,)]', params => p, result => r);
    FETCH r INTO x;
    RAISE NOTICE '% %', p, x;
    RAISE EXCEPTION 'undo';
  EXCEPTION WHEN raise_exception THEN NULL;
  END;
  FETCH r INTO x;
EXCEPTION WHEN invalid_cursor_name THEN RAISE NOTICE 'closed with its block';
END $$;
-- Nested: the input query makes a call, whose input query makes one
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet + 1',
  $q$SELECT a FROM execute_external_script('Python', 'OutputDataSet = InputDataSet * 10',
    $r$SELECT a FROM execute_external_script('Python', 'OutputDataSet = [(k,)]', NULL, '{"k": 4}') AS t(a int)$r$) AS t(a int)$q$) AS t(a int);
-- Its params are its own.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(o = k)',
  $q$SELECT a, params.k AS p FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT params.k AS a', '{"k": 1}') AS t(a int)$q$, '{"k": 2}') AS t(inner_k int, p int, o int);
-- As an argument of another call
SELECT * FROM execute_external_script('Python', (SELECT s FROM execute_external_script('Python', 'OutputDataSet = [("OutputDataSet = [(5,)]",)]') AS t(s text))) AS t(a int);
-- SECURITY DEFINER: the owner's permissions in the input query, and on the call itself
CREATE ROLE owner_of_it;
CREATE ROLE visitor;
CREATE TABLE private AS SELECT 42 AS answer;
GRANT SELECT ON private TO owner_of_it;
GRANT EXECUTE ON FUNCTION execute_external_script TO owner_of_it;
GRANT EXECUTE ON PROCEDURE sp_execute_external_script TO owner_of_it;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO owner_of_it;
GRANT CREATE ON SCHEMA public TO owner_of_it;
SET ROLE owner_of_it;
CREATE FUNCTION ask() RETURNS TABLE (answer int, who text) LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT answer, current_user::text AS who FROM private') AS t(answer int, who text)
$$;
CREATE PROCEDURE ask_too(INOUT p jsonb, INOUT r refcursor DEFAULT NULL) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  CALL sp_execute_external_script('Python', 'answer = int(InputDataSet.answer[0]); OutputDataSet = InputDataSet', 'SELECT answer, current_user::text AS who FROM private', params => p, result => r);
END $$;
SET ROLE visitor;
SELECT * FROM ask();
BEGIN;
CALL ask_too('{"answer": null}', 'c');
FETCH ALL FROM c;
COMMIT;
SELECT * FROM execute_external_script('Python', 'pass') AS t(a int);
CALL sp_execute_external_script('Python', 'pass');
RESET ROLE;
-- A view checks the call by the one who looks, its tables by its owner: the input query is no part of it.
CREATE VIEW peek AS SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE private') AS t(answer int);
GRANT SELECT ON peek TO visitor;
SET ROLE visitor;
SELECT * FROM peek;
RESET ROLE;
GRANT EXECUTE ON FUNCTION execute_external_script TO visitor;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO visitor;
SET ROLE visitor;
SELECT * FROM peek;
RESET ROLE;
DROP VIEW peek;
DROP FUNCTION ask;
DROP PROCEDURE ask_too;
REVOKE EXECUTE ON FUNCTION execute_external_script FROM owner_of_it, visitor;
REVOKE EXECUTE ON PROCEDURE sp_execute_external_script FROM owner_of_it;
REVOKE CREATE ON SCHEMA public FROM owner_of_it;
DROP TABLE private, made, target;
DROP VIEW doubled;
DROP TABLE obs;
DROP FUNCTION looped;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM owner_of_it, visitor;
DROP ROLE owner_of_it, visitor;

-- The procedure's typed_params: a row value beside the JSON of params.
\set SHOW_CONTEXT never
CREATE TYPE model AS (weights bytea, day date, price numeric(12, 2), tags text[]);
SET launchpad.numeric = decimal;
-- Its columns are variables with their types; what comes back is params alone.
CALL sp_execute_external_script('Python', $$
seen = [repr(weights), repr(day), repr(price), list(tags)]
k = k + 1
weights = None
$$, params => '{"k": 1, "seen": null}', typed_params => ROW('\x00ff', '2020-02-29', 12.30, '{a,b}')::model);
CALL sp_execute_external_script('R', $$
seen <- list(as.integer(weights[[1]]), format(day), price, tags[[1]])
$$, params => '{"seen": null}', typed_params => ROW('\x00ff', '2020-02-29', 12.30, '{a,b}')::model);
-- Without JSON nothing comes back.
CALL sp_execute_external_script('Python', 'OutputDataSet = [(str(day), len(weights))]; day = 1', result => 'rows',
  typed_params => ROW('\x00ff', '2020-02-29', NULL, NULL)::model);
-- In the input query both are params.name.
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet',
  'SELECT params.price + params.k AS sum, pg_typeof(params.price), pg_typeof(params.k) AS k', result => 'rows',
  params => '{"k": 1}', typed_params => ROW(NULL, NULL, 12.30, NULL)::model);
FETCH ALL FROM rows;
COMMIT;
-- From PL/pgSQL, by name and by position
DO $do$
DECLARE
  m model := ROW('\xabcd', '2021-01-01', 1, '{}');
  p jsonb := '{"n": null}';
  r refcursor;
BEGIN
  CALL sp_execute_external_script('Python', 'n = len(weights)', params => p, result => r, typed_params => m);
  RAISE NOTICE '% %', p, r IS NULL;
  CALL sp_execute_external_script('Python', 'n = day.year', NULL, 'InputDataSet', 'OutputDataSet', NULL, NULL, NULL, false, p, r, m, NULL);
  RAISE NOTICE '%', p;
  -- As before there were more arguments
  CALL sp_execute_external_script('Python', 'n = n + 1', NULL, 'InputDataSet', 'OutputDataSet', NULL, NULL, NULL, false, p, r);
  RAISE NOTICE '%', p;
END $do$;
-- A name is in one of them.
CALL sp_execute_external_script('Python', 'pass', params => '{"k": 1, "day": null}', typed_params => ROW('', NULL, NULL, NULL)::model);
\echo :SQLSTATE
-- Names of typed parameters are judged as those of others are.
CREATE TYPE odd AS ("class" int);
CREATE TYPE set AS ("InputDataSet" int);
CREATE TYPE nothing AS ();
CALL sp_execute_external_script('Python', 'pass', typed_params => ROW(1)::odd);
CALL sp_execute_external_script('Python', 'pass', typed_params => ROW(1)::set);
CALL sp_execute_external_script('Python', 'x = 1', params => '{"x": null}', typed_params => ROW()::nothing);
CALL sp_execute_external_script('Python', 'x = str(f1)', params => '{"x": null}', typed_params => ROW(timestamp '2020-01-01 10:00'));
CALL sp_execute_external_script('Python', 'x = 1', params => '{"x": null}', typed_params => NULL::model);
-- Only rows
CALL sp_execute_external_script('Python', 'pass', typed_params => '{"k": 1}');
\echo :SQLSTATE
CALL sp_execute_external_script('Python', 'pass', typed_params => '{"k": 1}'::jsonb);
CALL sp_execute_external_script('Python', 'pass', typed_params => 5);
CALL sp_execute_external_script('Python', 'pass', typed_params => ARRAY[1]);
-- Nothing chooses an environment yet.
CALL sp_execute_external_script('Python', 'pass', environment => 'other');
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'pass', environment => 'other') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]', environment => NULL) AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[k]]', NULL, '{"k": 2}', 'InputDataSet', 'OutputDataSet', NULL, NULL, NULL, false) AS t(a int);
DROP TYPE model, odd, set, nothing;
RESET launchpad.numeric;

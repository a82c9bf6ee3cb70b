-- Parameters whose types a driver leaves open; calls whose place or end says how to call instead.
\set SHOW_CONTEXT never
PREPARE called AS SELECT * FROM execute_external_script($1, $2, $3, $4) AS t(a int);
EXECUTE called('Python', 'OutputDataSet = InputDataSet * k', 'SELECT params.k AS a', '{"k": 2}');
EXECUTE called('Python', 'OutputDataSet = InputDataSet', 'SELECT 1 AS a', NULL);
EXECUTE called('R', 'OutputDataSet <- data.frame(a = k)', NULL, '{"k": 2}');
PREPARE named AS SELECT * FROM execute_external_script(language => $1, script => $2, params => $3) AS t(a int);
EXECUTE named('Python', 'OutputDataSet = [(k,)]', '{"k": 3}');
PREPARE typed AS SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(k,)]', params => $1::jsonb) AS t(a int);
EXECUTE typed('{"k": 4}');
-- Everything else as ever
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(k,)]', NULL, json '{"k": 5}') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(k,)]', NULL, '{"k": 5}'::varchar) AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(f1,)]', NULL, ROW(6, NULL)) AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(k,)]', NULL, (SELECT p FROM (SELECT 7 AS k) p)) AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1,)]', NULL, NULL) AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1,)]', NULL, ARRAY[1]) AS t(a int);
CREATE VIEW over AS SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(k,)]', params => '{"k": 8}') AS t(a int);
TABLE over;
DROP VIEW over;
-- A subquery without a row
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(k,)]', NULL, (SELECT p FROM (SELECT 7 AS k) p WHERE k = 8)) AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- k', NULL, (SELECT p FROM (SELECT 7 AS k) p WHERE k = 8)) AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(k,)]', NULL, NULL) AS t(a int);
-- In a target list nobody declares columns.
\set VERBOSITY verbose
SELECT execute_external_script('Python', 'OutputDataSet = [(1,)]');
\set VERBOSITY default
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1,)]');
-- A cursor that is closed at once
CALL sp_execute_external_script('Python', 'OutputDataSet = [(1,)]', result => 'gone');
CALL sp_execute_external_script('Python', 'pass', result => 'none');
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = [(1,)]', result => 'here');
COMMIT;
DO $$ DECLARE p jsonb; r refcursor; n int; BEGIN
  CALL sp_execute_external_script('Python', 'OutputDataSet = [(1,)]', params => p, result => r);
  FETCH r INTO n;
  RAISE NOTICE '%', n;
END $$;
CREATE PROCEDURE wrapped() LANGUAGE plpgsql AS $$ DECLARE p jsonb; r refcursor; n int; BEGIN
  CALL sp_execute_external_script('Python', 'OutputDataSet = [(2,)]', params => p, result => r);
  FETCH r INTO n;
  RAISE NOTICE '%', n;
END $$;
CALL wrapped();
DROP PROCEDURE wrapped;

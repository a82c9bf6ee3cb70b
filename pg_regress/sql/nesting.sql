-- Calls inside of calls: how deep they go, and that a session with a satellite waits for no other.
\set SHOW_CONTEXT never
SHOW launchpad.max_call_depth;
-- So many calls, each in the input query of the one before
CREATE FUNCTION deep(levels int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
    IF levels = 0 THEN
        RETURN 0;
    END IF;
    SELECT a INTO n FROM execute_external_script('Python', 'OutputDataSet = InputDataSet + 1',
        format('SELECT deep(%s) AS a', levels - 1)) AS t(a int);
    RETURN n;
END $$;
SELECT deep(1), deep(4);
SELECT deep(5);
\echo :LAST_ERROR_SQLSTATE
-- R counts as well, and the procedure.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet', 'SELECT deep(3) AS a') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet', 'SELECT deep(4) AS a') AS t(a int);
\echo :LAST_ERROR_SQLSTATE
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT deep(3) AS a', result => 'r');
FETCH ALL IN r;
CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT deep(4) AS a', result => 's');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- What the result's types run is inside of the call, too.
CREATE DOMAIN thorough AS int CHECK (deep(3) = 3);
CREATE DOMAIN too_thorough AS int CHECK (deep(4) = 4);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a thorough);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a too_thorough);
\echo :LAST_ERROR_SQLSTATE
-- So are triggers.
CREATE TABLE noted (levels int, n int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := deep(NEW.levels); RETURN NEW; END $$;
CREATE TRIGGER note BEFORE INSERT ON noted FOR EACH ROW EXECUTE FUNCTION note();
CREATE FUNCTION noted(levels int) RETURNS int LANGUAGE sql AS 'INSERT INTO noted VALUES (levels) RETURNING n';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT noted(3) AS a') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT noted(4) AS a') AS t(a int);
\echo :LAST_ERROR_SQLSTATE
-- However calls end, the count is right afterwards.
CREATE FUNCTION fails(how text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    CASE how
        WHEN 'depth' THEN PERFORM deep(5);
        WHEN 'script' THEN PERFORM * FROM execute_external_script('Python', '1 / 0', 'SELECT deep(1) AS a') AS t(a int);
        WHEN 'query' THEN PERFORM * FROM execute_external_script('Python', 'pass', 'SELECT 1 / (deep(1) - 1) AS a') AS t(a int);
        WHEN 'result' THEN PERFORM * FROM execute_external_script('Python', 'OutputDataSet = [["x"]]') AS t(a int);
        WHEN 'domain' THEN PERFORM * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a too_thorough);
        WHEN 'argument' THEN PERFORM * FROM execute_external_script('Perl', '1') AS t(a int);
        WHEN 'timeout' THEN
            SET LOCAL launchpad.script_timeout = 50;
            PERFORM * FROM execute_external_script('Python', 'import time; time.sleep(9)') AS t(a int);
    END CASE;
    RETURN 0;
EXCEPTION WHEN OTHERS OR query_canceled THEN
    RETURN 1;
END $$;
SELECT sum(fails(how)) FROM unnest('{depth,script,query,result,domain,argument,timeout}'::text[]) AS how, generate_series(1, 4);
SELECT deep(4);
SELECT deep(5);
-- A role goes below the limit for itself.
CREATE ROLE nesting_analyst;
GRANT EXECUTE ON FUNCTION execute_external_script TO nesting_analyst;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO nesting_analyst;
SET ROLE nesting_analyst;
SET launchpad.max_call_depth = 5;
SET launchpad.max_call_depth = 0;
SET launchpad.max_call_depth = 1;
SELECT deep(1);
SELECT deep(2);
RESET launchpad.max_call_depth;
RESET ROLE;
SET launchpad.max_call_depth = 6;
SELECT deep(6);
RESET launchpad.max_call_depth;
-- A call inside of another gets a satellite at once or not at all; the error names the limit.
SET launchpad.max_satellites_per_role = 2;
SELECT deep(2);
SELECT deep(3);
\echo :LAST_ERROR_SQLSTATE
RESET launchpad.max_satellites_per_role;
SELECT launchpad.create_pool('nesting', max_satellites => 1);
SET launchpad.pool = 'nesting';
SELECT deep(2);
RESET launchpad.pool;
SELECT launchpad.drop_pool('nesting');
-- It can be caught, and the outer call goes on.
CREATE FUNCTION tries() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM deep(1);
    RETURN 'served';
EXCEPTION WHEN too_many_connections THEN
    RETURN 'refused';
END $$;
SET launchpad.max_satellites_per_role = 1;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT tries() AS a') AS t(a text);
-- A call whose rows are all there holds nothing.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1], [2]]') AS t(a int);
FETCH c;
SELECT deep(1);
FETCH c;
COMMIT;
RESET launchpad.max_satellites_per_role;
-- The input query's time is not the script's; waiting for the script to take its input is.
SET launchpad.script_timeout = '400ms';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet[["a"]]',
    'SELECT 1 AS a FROM pg_sleep(1)') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import time; time.sleep(99)',
    'SELECT 1 AS a, repeat(''x'', 100000) AS t FROM generate_series(1, 1000)') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import time; time.sleep(99)',
    'SELECT 1 AS a FROM pg_sleep(1)') AS t(a int);
RESET launchpad.script_timeout;
SELECT outcome FROM (VALUES ('refusals')) AS t(outcome) WHERE (SELECT sum(refusals) FROM launchpad.stats) > 0;
DROP TABLE noted;
DROP DOMAIN thorough, too_thorough;
DROP FUNCTION deep, note, noted, fails, tries;
DROP OWNED BY nesting_analyst;
DROP ROLE nesting_analyst;

-- What the extension brings and where it puts it.
SELECT pg_describe_object(classid, objid, 0) AS object FROM pg_depend JOIN pg_extension e ON refobjid = e.oid
 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND extname = 'pg_launchpad'
   AND classid <> 'pg_type'::regclass -- those of tables and views, which PostgreSQL 17 counts too
 ORDER BY pg_describe_object(classid, objid, 0) COLLATE "C";
SELECT proname, provolatile, proparallel, proleakproof, prosecdef, proretset, proconfig
  FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
  JOIN pg_extension e ON d.refobjid = e.oid
 WHERE extname = 'pg_launchpad' ORDER BY proname;
\d launchpad.satellites
-- The settings: who may change them and what they are by default.
SELECT name, context, vartype, unit, CASE name WHEN 'launchpad.memory_limit' THEN 'by the machine' ELSE boot_val END AS boot_val,
    min_val, max_val
  FROM pg_settings WHERE name LIKE 'launchpad.%' ORDER BY name;
-- Every setting says what it does.
SELECT name FROM pg_settings WHERE name LIKE 'launchpad.%' AND length(short_desc) < 20;
-- The launchpad is running and keeps satellites of each language warm.
SET statement_timeout = '2min';
DO $do$
BEGIN
    WHILE (SELECT count(DISTINCT language) FROM launchpad.satellites WHERE state = 'warm') < 2 LOOP
        PERFORM pg_sleep(0.1);
    END LOOP;
END $do$;
RESET statement_timeout;
SELECT DISTINCT language, state, pid, database, role FROM launchpad.satellites WHERE state = 'warm';
-- Wrappers of another version's: with too few arguments, and with too many
DO $do$
DECLARE
    library text := (SELECT probin FROM pg_proc WHERE oid = 'execute_external_script'::regproc);
    rest text := format(' LANGUAGE c AS %L, ', library);
BEGIN
    EXECUTE 'CREATE FUNCTION two(text, text) RETURNS SETOF record' || rest || quote_literal('launchpad_execute_external_script');
    EXECUTE 'CREATE FUNCTION twelve(text, text, text, jsonb, text, text, text, text, int, bool, text, text) RETURNS SETOF record'
        || rest || quote_literal('launchpad_execute_external_script');
    EXECUTE 'CREATE PROCEDURE few(text, text, INOUT jsonb, INOUT refcursor)' || rest || quote_literal('launchpad_sp_execute_external_script');
END $do$;
SELECT * FROM two('Python', 'OutputDataSet = [(1,)]') AS t(a int);
\echo :SQLSTATE
SELECT * FROM twelve('Python', 'OutputDataSet = [(1,)]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS t(a int);
CALL few('Python', 'OutputDataSet = [(1,)]', NULL, NULL);
DROP FUNCTION two, twelve;
DROP PROCEDURE few;
-- Another schema, and dropping, work.
DROP EXTENSION pg_launchpad;
SELECT count(*) FROM pg_namespace WHERE nspname = 'launchpad';
-- Its own schema must not exist, whether it is named or not.
CREATE SCHEMA launchpad;
\set SHOW_CONTEXT never
CREATE EXTENSION pg_launchpad;
\echo :SQLSTATE
CREATE EXTENSION pg_launchpad SCHEMA launchpad;
\set SHOW_CONTEXT errors
DROP SCHEMA launchpad;
CREATE SCHEMA elsewhere;
CREATE EXTENSION pg_launchpad SCHEMA elsewhere;
SELECT * FROM elsewhere.execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1]})') AS t(a int);
DROP EXTENSION pg_launchpad;
DROP SCHEMA elsewhere;
CREATE EXTENSION pg_launchpad;

-- Nobody may call until it is granted.
\set SHOW_CONTEXT never
CREATE ROLE analyst;
CREATE ROLE stranger;
CREATE TABLE secret AS SELECT 42 AS answer;
SET ROLE analyst;
SELECT * FROM execute_external_script('Python', 'pass') AS t(a int);
RESET ROLE;
GRANT EXECUTE ON FUNCTION execute_external_script TO analyst;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO analyst;
SET ROLE analyst;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1]})') AS t(a int);
-- The input query runs with the caller's rights …
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE secret') AS t(answer int);
-- … and limits are not the caller's to loosen.
SET launchpad.tmp_limit = '100GB';
SET launchpad.allow_exec = on;
SET launchpad.pool = 'other';
RESET ROLE;
-- Inside SECURITY DEFINER: with the owner's
CREATE FUNCTION wrapped() RETURNS SETOF int LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE secret') AS t(answer int)
$$;
SET ROLE analyst;
SELECT wrapped();
RESET ROLE;
-- Row-level security holds in the input query.
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON secret TO analyst;
CREATE POLICY nothing ON secret USING (answer <> 42);
SET ROLE analyst;
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE secret') AS t(answer int);
-- The view may be read by everybody, and shows another role's call to nobody.
SELECT count(*) FROM launchpad.satellites WHERE role IS NOT NULL;
RESET ROLE;
SET ROLE stranger;
SELECT count(*) FROM launchpad.satellites WHERE role IS NOT NULL;
RESET ROLE;
DROP FUNCTION wrapped();
DROP TABLE secret;
REVOKE EXECUTE ON FUNCTION execute_external_script FROM analyst;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM analyst;
DROP ROLE analyst, stranger;
-- A language that is not there is nobody's.
BEGIN;
ALTER EXTENSION pg_launchpad DROP LANGUAGE launchpad_r;
DROP LANGUAGE launchpad_r;
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet', 'SELECT 1 AS a') AS t(a int);
ROLLBACK;
-- A hostile search_path changes nothing.
CREATE SCHEMA hostile;
CREATE TABLE hostile.pg_roles (oid oid, rolname name);
CREATE TABLE hostile.pg_database (oid oid, datname name);
SET search_path = hostile, public, pg_catalog;
SELECT count(*) > 0 FROM launchpad.satellites;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT 1 AS a') AS t(a int);
RESET search_path;
DROP SCHEMA hostile CASCADE;

-- The settings: bounds, and limits that a role may tighten for itself and never loosen.
\set SHOW_CONTEXT never
-- Values that are none
SET launchpad.cpu_limit = -1;
SET launchpad.cpu_limit = 102401;
SET launchpad.max_processes = 3;
SET launchpad.max_processes = 1025;
\set VERBOSITY sqlstate
-- PostgreSQL 17 tells the unit of the bounds.
SET launchpad.memory_limit = '127MB';
SET launchpad.batch_size = '63kB';
SET launchpad.batch_size = '65MB';
SET launchpad.log_min_duration = -2;
\set VERBOSITY default
SET launchpad.cpu_affinity = '0-';
SET launchpad.cpu_affinity = '1024';
\set VERBOSITY terse
SET launchpad.cpu_affinity = '1000-1023';
\set VERBOSITY default
SET launchpad.pool = '';
SELECT set_config('launchpad.pool', repeat('x', 64), false);
SELECT set_config('launchpad.pool', repeat('x', 63), false);
RESET ALL;
-- What launchpad.memory_limit is by default depends on the machine: a quarter of its memory.
SELECT boot_val = reset_val AND setting = reset_val AS is_default, boot_val::bigint >= 512 * 1024 AS at_least
  FROM pg_settings WHERE name = 'launchpad.memory_limit';

-- An ordinary role tightens what it was given, and loosens it as far as that.
CREATE ROLE settings_analyst;
GRANT EXECUTE ON FUNCTION execute_external_script TO settings_analyst;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO settings_analyst;
SET ROLE settings_analyst;
SET launchpad.tmp_limit = '64MB';
SET launchpad.tmp_limit = '256MB';
SET launchpad.tmp_limit = '257MB';
\echo :LAST_ERROR_SQLSTATE
SHOW launchpad.tmp_limit;
SET launchpad.max_processes = 65;
SET launchpad.max_output = '2MB';
SET launchpad.max_result_size = '1GB';
SET launchpad.max_result_size = '1025MB';
-- 0 sets no limit, so it is the loosest.
SET launchpad.queue_timeout = 0;
SET launchpad.queue_timeout = '61s';
SET launchpad.queue_timeout = '500ms';
SET launchpad.script_timeout = '1min';
SET launchpad.script_timeout = 0;
SET launchpad.cpu_limit = 50;
SET launchpad.max_satellites_per_role = 1;
RESET launchpad.max_satellites_per_role;
-- A role has all satellites but one by default.
SHOW launchpad.max_satellites_per_role;
SET launchpad.max_satellites_per_role = 0;
SET launchpad.max_satellites_per_role = 16;
SET launchpad.max_satellites_per_role = 15;
SET launchpad.max_satellites_per_role = -2;
SET launchpad.max_satellites_per_role = -1;
SET launchpad.cpu_affinity = '0';
SET launchpad.cpu_affinity = '';
-- Rights
SET launchpad.network = host;
SET launchpad.network = none;
SET launchpad.allow_exec = on;
SET launchpad.allow_exec = off;
SET launchpad.enabled = off;
SELECT * FROM execute_external_script('Python', 'pass') AS t(a int);
SET launchpad.enabled = on;
-- What is no limit is superusers', or everybody's.
SET launchpad.pool = 'other';
SET launchpad.log_min_duration = 0;
SET launchpad.log_refused_calls = on;
SET launchpad.batch_size = '2MB';
SELECT set_config('launchpad.allow_exec', 'on', false);
UPDATE pg_settings SET setting = 'on' WHERE name = 'launchpad.allow_exec';
RESET ALL;
-- What would be stored would be a ceiling of the role's own making, …
ALTER ROLE settings_analyst SET launchpad.tmp_limit = '1GB';
ALTER ROLE settings_analyst SET launchpad.tmp_limit = '1MB';
CREATE FUNCTION pg_temp.mine() RETURNS text LANGUAGE sql SET launchpad.tmp_limit = '64MB' AS $$ SELECT '' $$;
-- The clause is asked again at each call, so that what is tight may stand in one, and be restored from a dump.
CREATE FUNCTION pg_temp.tight() RETURNS text LANGUAGE sql SET launchpad.tmp_limit = '64MB' AS $$ SELECT current_setting('launchpad.tmp_limit') $$;
CREATE PROCEDURE pg_temp.tight_too() LANGUAGE sql SET launchpad.tmp_limit = '256MB' AS '';
SELECT pg_temp.tight(), current_setting('launchpad.tmp_limit');
ALTER FUNCTION pg_temp.tight() SET launchpad.tmp_limit = '1GB';
ALTER ROUTINE pg_temp.tight() SET launchpad.allow_exec = on;
CREATE FUNCTION pg_temp.loose() RETURNS text LANGUAGE sql SET launchpad.tmp_limit = '257MB' AS $$ SELECT '' $$;
DO $$ BEGIN CREATE FUNCTION pg_temp.inner() RETURNS text LANGUAGE sql SET launchpad.tmp_limit = '64MB' AS $f$ SELECT '' $f$; END $$;
CREATE FUNCTION pg_temp.stores() RETURNS void LANGUAGE plpgsql SET launchpad.tmp_limit = '64MB'
    AS $$ BEGIN ALTER ROLE settings_analyst SET launchpad.tmp_limit = '64MB'; END $$;
SELECT pg_temp.stores();
ALTER FUNCTION pg_temp.stores() RESET ALL\; ALTER ROLE settings_analyst SET launchpad.tmp_limit = '64MB';
RESET ROLE;
SET launchpad.tmp_limit = '32MB';
SET ROLE settings_analyst;
SELECT pg_temp.tight();
RESET ROLE;
RESET launchpad.tmp_limit;
SET ROLE settings_analyst;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER ROLE settings_analyst SET launchpad.tmp_limit = '32MB';
ALTER ROLE settings_analyst SET work_mem = '1MB';
SET ROLE settings_analyst;
-- … and what is stored for it is not its own to remove.
ALTER ROLE settings_analyst RESET launchpad.tmp_limit;
ALTER ROLE settings_analyst SET launchpad.tmp_limit TO DEFAULT;
ALTER ROLE settings_analyst SET launchpad.tmp_limit FROM CURRENT;
DO $$ BEGIN ALTER ROLE settings_analyst RESET launchpad.tmp_limit; END $$;
ALTER ROLE settings_analyst RESET ALL;
RESET ROLE;
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'settings_analyst'::regrole;
ALTER ROLE settings_analyst RESET ALL;
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'settings_analyst'::regrole;
-- An error in such a statement leaves limits anyone's to tighten.
ALTER ROLE settings_analyst SET launchpad.tmp_limit = 'much';
SET ROLE settings_analyst;
SET launchpad.tmp_limit = '8MB';
RESET launchpad.tmp_limit;
RESET ROLE;
-- So it is for databases and their owners.
CREATE ROLE settings_owner;
CREATE DATABASE settings_owned OWNER settings_owner;
ALTER DATABASE settings_owned SET launchpad.allow_exec = off;
SET ROLE settings_owner;
ALTER DATABASE settings_owned SET launchpad.allow_exec = on;
ALTER DATABASE settings_owned RESET launchpad.allow_exec;
ALTER DATABASE settings_owned RESET ALL;
RESET ROLE;
SELECT setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = 'settings_owned';
DROP DATABASE settings_owned;
DROP ROLE settings_owner;

-- A superuser sets anything, and so a ceiling for the session.
SET launchpad.tmp_limit = '1GB';
SET launchpad.script_timeout = '20s';
SET launchpad.cpu_affinity = '0';
SET launchpad.max_satellites_per_role = 3;
SET launchpad.network = host;
SET ROLE settings_analyst;
SET launchpad.tmp_limit = '512MB';
SET launchpad.tmp_limit = '1GB';
SET launchpad.tmp_limit = '1025MB';
SET launchpad.script_timeout = 0;
SET launchpad.script_timeout = '1min';
SET launchpad.script_timeout = '15s';
SET launchpad.cpu_affinity = '';
SET launchpad.cpu_affinity = '0-1';
SET launchpad.max_satellites_per_role = 0;
SET launchpad.max_satellites_per_role = 2;
SET launchpad.network = none;
SET launchpad.network = host;
-- RESET gives the configuration's value, which is then the ceiling again.
RESET launchpad.tmp_limit;
SHOW launchpad.tmp_limit;
SET launchpad.tmp_limit = '1GB';
RESET ROLE;
RESET ALL;

-- SET LOCAL, and what rollbacks bring back: the value with its ceiling
BEGIN;
SET LOCAL launchpad.tmp_limit = '1GB';
SET LOCAL ROLE settings_analyst;
SET LOCAL launchpad.tmp_limit = '900MB';
SAVEPOINT s;
SET LOCAL launchpad.tmp_limit = '16MB';
ROLLBACK TO s;
SHOW launchpad.tmp_limit;
SET LOCAL launchpad.tmp_limit = '1GB';
SET LOCAL launchpad.tmp_limit = '2GB';
ROLLBACK;
SET ROLE settings_analyst;
SHOW launchpad.tmp_limit;
SET launchpad.tmp_limit = '900MB';
BEGIN;
SET launchpad.tmp_limit = '8MB';
ROLLBACK;
SHOW launchpad.tmp_limit;
BEGIN;
SET launchpad.tmp_limit = '8MB';
COMMIT;
SHOW launchpad.tmp_limit;
SET launchpad.tmp_limit = '256MB';
RESET ROLE;
RESET ALL;
BEGIN;
SET launchpad.tmp_limit = '1GB';
COMMIT;
SET ROLE settings_analyst;
SET launchpad.tmp_limit = '900MB';
DISCARD ALL;
SELECT current_user = 'settings_analyst' AS role, current_setting('launchpad.tmp_limit') AS tmp_limit;
SET ROLE settings_analyst;
SET launchpad.tmp_limit = '900MB';
RESET ROLE;

-- Functions with a SET clause: with the rights of who runs them
CREATE FUNCTION settings_tight() RETURNS text LANGUAGE plpgsql SET launchpad.tmp_limit = '32MB' AS $$
BEGIN RETURN current_setting('launchpad.tmp_limit'); END $$;
CREATE FUNCTION settings_loose() RETURNS text LANGUAGE plpgsql SET launchpad.tmp_limit = '2GB' AS $$
BEGIN RETURN current_setting('launchpad.tmp_limit'); END $$;
CREATE FUNCTION settings_definer() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET launchpad.tmp_limit = '2GB' AS $$
BEGIN RETURN current_setting('launchpad.tmp_limit'); END $$;
-- A function of the caller's rights binds the caller no more than SET does.
CREATE FUNCTION settings_within() RETURNS text LANGUAGE plpgsql SET launchpad.tmp_limit = '32MB' AS $$
BEGIN
  PERFORM set_config('launchpad.tmp_limit', '64MB', true);
  RETURN current_setting('launchpad.tmp_limit');
END $$;
SELECT settings_tight(), settings_loose(), settings_definer();
SET ROLE settings_analyst;
SELECT settings_tight(), settings_definer();
SELECT settings_loose();
SELECT settings_within();
SHOW launchpad.tmp_limit;
SET launchpad.tmp_limit = '2GB';
RESET ROLE;
DROP FUNCTION settings_tight, settings_loose, settings_definer, settings_within;

-- The privilege SET, for one limit
GRANT SET ON PARAMETER launchpad.tmp_limit TO settings_analyst;
SET ROLE settings_analyst;
SET launchpad.tmp_limit = '2GB';
SET launchpad.max_processes = 65;
ALTER ROLE settings_analyst SET launchpad.tmp_limit = '3GB';
ALTER ROLE settings_analyst RESET launchpad.tmp_limit;
CREATE FUNCTION pg_temp.mine() RETURNS text LANGUAGE sql SET launchpad.tmp_limit = '3GB'
  AS $$ SELECT current_setting('launchpad.tmp_limit') $$;
SELECT pg_temp.mine();
RESET ROLE;
REVOKE SET ON PARAMETER launchpad.tmp_limit FROM settings_analyst;
SET ROLE settings_analyst;
SHOW launchpad.tmp_limit;
SET launchpad.tmp_limit = '3GB';
SELECT pg_temp.mine();
RESET launchpad.tmp_limit;
RESET ROLE;
DROP FUNCTION pg_temp.mine;

-- Errors name the limit and its value.
SET ROLE settings_analyst;
SET launchpad.memory_limit = '256MB';
SET launchpad.script_timeout = '10s';
SELECT * FROM execute_external_script('Python', 'x = bytearray(1 << 30)') AS t(a int);
SET launchpad.max_result_size = '1MB';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": numpy.zeros(300000)})') AS t(a float8);
RESET ALL;
RESET ROLE;
-- Batches of any size hold the same rows.
SET launchpad.batch_size = '64kB';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(len(InputDataSet), int(InputDataSet.g.sum()))]',
  'SELECT g, g::text AS t FROM generate_series(1, 100000) g') AS t(n int, s bigint);
SET launchpad.batch_size = '64MB';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(len(InputDataSet), int(InputDataSet.g.sum()))]',
  'SELECT g, g::text AS t FROM generate_series(1, 100000) g') AS t(n int, s bigint);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(nrow(InputDataSet), sum(InputDataSet$g))',
  'SELECT g, g::text AS t FROM generate_series(1, 100000) g') AS t(n int, s bigint);
RESET ALL;
REVOKE EXECUTE ON FUNCTION execute_external_script FROM settings_analyst;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM settings_analyst;
DROP ROLE settings_analyst;

-- What scripts may do, and who says so. What the sandbox makes of it is tested elsewhere.
\set SHOW_CONTEXT never
SELECT name, setting, context, vartype, enumvals FROM pg_settings
WHERE name IN ('launchpad.sandbox', 'launchpad.network', 'launchpad.allow_exec', 'launchpad.log_refused_calls',
    'launchpad.readable_paths', 'launchpad.worker_uids') ORDER BY name;
-- How satellites are built is the configuration file's.
SET launchpad.sandbox = container;
SET launchpad.readable_paths = '/srv';
SET launchpad.worker_uids = off;
SET launchpad.work_directory = '/dev/shm';
-- Values
SET launchpad.network = internet;
SET launchpad.allow_exec = maybe;
ALTER SYSTEM SET launchpad.sandbox = none;
ALTER SYSTEM SET launchpad.worker_uids = always;
ALTER SYSTEM SET launchpad.readable_paths = 'srv/models';
ALTER SYSTEM SET launchpad.readable_paths = '/srv/models, ';
ALTER SYSTEM SET launchpad.readable_paths = '/srv/../etc';
ALTER SYSTEM SET launchpad.readable_paths = '/srv/./models';
ALTER SYSTEM SET launchpad.readable_paths = '/srv//models';
ALTER SYSTEM SET launchpad.readable_paths = '/';
ALTER SYSTEM SET launchpad.work_directory = 'shm';
ALTER SYSTEM SET launchpad.work_directory = '/dev/shm/../x';
ALTER SYSTEM SET launchpad.work_directory = '//';
ALTER ROLE CURRENT_USER SET launchpad.network = internet;
-- An ordinary role may loosen nothing of it, …
CREATE ROLE sandbox_analyst;
GRANT EXECUTE ON FUNCTION execute_external_script TO sandbox_analyst;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO sandbox_analyst;
SET ROLE sandbox_analyst;
SET launchpad.network = host;
SET launchpad.allow_exec = on;
SET launchpad.log_refused_calls = on;
ALTER ROLE sandbox_analyst SET launchpad.allow_exec = on;
SELECT set_config('launchpad.allow_exec', 'on', false);
CREATE FUNCTION pg_temp.sneak() RETURNS text LANGUAGE sql SET launchpad.allow_exec = on AS $$ SELECT 'never' $$;
RESET ROLE;
-- … and works with what it has, by whatever satellite that takes.
CREATE FUNCTION sandbox_served() RETURNS TABLE (allowed text, n int) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT concat_ws(' ', current_setting('launchpad.network'), current_setting('launchpad.allow_exec'),
      current_setting('launchpad.log_refused_calls')), t.n
    FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT 42 AS n') AS t(n int);
END $$;
SELECT * FROM sandbox_served();
SET launchpad.allow_exec = on;
SELECT * FROM sandbox_served();
SET launchpad.network = host;
SELECT * FROM sandbox_served();
SET ROLE sandbox_analyst;
SELECT * FROM sandbox_served();
-- A role may do without what it has.
SET launchpad.network = none;
SELECT * FROM sandbox_served();
RESET ROLE;
SET launchpad.log_refused_calls = on;
SELECT * FROM sandbox_served();
RESET ALL;
SELECT * FROM sandbox_served();
DROP FUNCTION sandbox_served();
REVOKE EXECUTE ON FUNCTION execute_external_script FROM sandbox_analyst;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM sandbox_analyst;
DROP ROLE sandbox_analyst;

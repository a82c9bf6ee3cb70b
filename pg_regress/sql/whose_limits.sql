-- Whose limits bind a call whose current user is not the session's. The table in docs/governance.md is
-- run by tests/test_whose_limits.py; here is what no role can make of it.
\set SHOW_CONTEXT never
CREATE ROLE asker;
CREATE ROLE giver;
GRANT EXECUTE ON FUNCTION execute_external_script TO asker, giver;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO asker, giver;
GRANT giver TO asker;
CREATE SCHEMA given AUTHORIZATION giver;
GRANT USAGE ON SCHEMA given TO asker;
-- What binds a call, as the view tells and as the call itself does
CREATE FUNCTION bound(limit_name text) RETURNS text LANGUAGE sql
  AS $$ SELECT ceiling FROM launchpad.settings WHERE name = 'launchpad.' || limit_name $$;
-- The kernel's limit leaves room for 64 MB that are reserved and not filled.
CREATE FUNCTION megabytes() RETURNS int LANGUAGE sql AS $$
  SELECT a FROM execute_external_script('Python', 'import resource; OutputDataSet = [[(resource.getrlimit(resource.RLIMIT_DATA)[0] >> 20) - 64]]') AS t(a int) $$;
CREATE FUNCTION reaches() RETURNS bool LANGUAGE sql AS $$
  SELECT a FROM execute_external_script('Python', $s$
import socket
try:
    socket.socket()
    OutputDataSet = [[True]]
except OSError:
    OutputDataSet = [[False]]
$s$) AS t(a bool) $$;
-- The function of an ordinary role has no more than that role would have, whoever calls it …
SET ROLE giver;
CREATE FUNCTION given.own() RETURNS TABLE (who name, memory int, network bool) LANGUAGE sql SECURITY DEFINER
  AS 'SELECT current_user, public.megabytes(), public.reaches()';
CREATE FUNCTION given.inner_bound(limit_name text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT public.bound(limit_name)';
RESET ROLE;
ALTER ROLE giver SET launchpad.memory_limit = '300MB';
SET launchpad.memory_limit = '400MB';
SET launchpad.network = host;
SELECT megabytes(), reaches();
SELECT * FROM given.own();
SELECT bound('network'), given.inner_bound('network'), bound('memory_limit'), given.inner_bound('memory_limit');
-- … and no more than its caller.
SET launchpad.memory_limit = '250MB';
SELECT * FROM given.own();
RESET ALL;
-- The same where the session sets the role, or is another's.
SET launchpad.memory_limit = '400MB';
SET launchpad.network = host;
SET ROLE giver;
SELECT * FROM given.own();
SELECT megabytes(), reaches();
RESET ROLE;
SET SESSION AUTHORIZATION giver;
SELECT megabytes(), reaches();
RESET SESSION AUTHORIZATION;
-- A role that is SET does not get out of its limits by another's function.
ALTER ROLE asker SET launchpad.enabled = off;
SET ROLE asker;
SELECT * FROM given.own();
SET ROLE giver;
SELECT megabytes();
RESET ROLE;
SET SESSION AUTHORIZATION asker;
SET ROLE giver;
SELECT megabytes();
RESET SESSION AUTHORIZATION;
ALTER ROLE asker RESET launchpad.enabled;
-- The owner's, too
ALTER ROLE giver SET launchpad.enabled = off;
SELECT * FROM given.own();
ALTER ROLE giver RESET launchpad.enabled;
-- For this database, for all of them, for all roles: the most specific first, as in a session
ALTER ROLE giver IN DATABASE regression SET launchpad.memory_limit = '200MB';
SELECT memory FROM given.own();
ALTER ROLE giver IN DATABASE regression RESET ALL;
ALTER ROLE giver RESET ALL;
ALTER DATABASE regression SET launchpad.memory_limit = '210MB';
SELECT memory FROM given.own();
ALTER DATABASE regression RESET launchpad.memory_limit;
ALTER ROLE ALL SET launchpad.memory_limit = '0.25GB';
SELECT memory FROM given.own();
ALTER ROLE ALL RESET ALL;
RESET ALL;

-- A superuser's function with a SET clause: that value, as it is, for that limit alone
CREATE FUNCTION wide() RETURNS TABLE (who name, memory int, network bool) LANGUAGE sql SECURITY DEFINER
  SET launchpad.memory_limit = '350MB' AS 'SELECT current_user, megabytes(), reaches()';
ALTER ROLE asker SET launchpad.memory_limit = '200MB';
ALTER ROLE CURRENT_USER SET launchpad.memory_limit = '201MB';
SET launchpad.network = host;
SET ROLE asker;
SELECT megabytes(), reaches();
SELECT * FROM wide();
-- An ordinary role's cannot loosen anything, …
SET ROLE giver;
CREATE FUNCTION given.loose() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT public.megabytes()';
RESET ROLE;
ALTER FUNCTION given.loose SET launchpad.memory_limit = '350MB';
SET launchpad.memory_limit = '300MB';
SELECT given.loose();
-- … not even where its caller has as much.
ALTER ROLE giver SET launchpad.memory_limit = '250MB';
SET launchpad.memory_limit = '400MB';
SELECT given.loose();
ALTER FUNCTION given.loose SET launchpad.memory_limit = '230MB';
SELECT given.loose();
-- Unless it was given the right.
GRANT SET ON PARAMETER launchpad.memory_limit TO giver;
ALTER FUNCTION given.loose SET launchpad.memory_limit = '500MB';
SELECT given.loose();
REVOKE SET ON PARAMETER launchpad.memory_limit FROM giver;
SELECT given.loose();
RESET launchpad.memory_limit;
ALTER ROLE giver RESET ALL;
-- What is set inside the function is not the clause, however it is set: it binds as what the session sets.
CREATE FUNCTION set_inside(how text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET launchpad.memory_limit = '350MB' AS $$
BEGIN
  CASE how
    WHEN 'set' THEN SET launchpad.memory_limit = '340MB';
    WHEN 'set local' THEN SET LOCAL launchpad.memory_limit = '340MB';
    WHEN 'set_config' THEN PERFORM set_config('launchpad.memory_limit', '340MB', true);
    WHEN 'subtransaction' THEN
      BEGIN
        SET LOCAL launchpad.memory_limit = '340MB';
      EXCEPTION WHEN division_by_zero THEN NULL;
      END;
    WHEN 'rolled back' THEN
      BEGIN
        SET LOCAL launchpad.memory_limit = '340MB';
        RAISE division_by_zero;
      EXCEPTION WHEN division_by_zero THEN NULL;
      END;
    WHEN 'reset' THEN RESET launchpad.memory_limit;
    ELSE NULL;
  END CASE;
  RETURN megabytes();
END $$;
CREATE FUNCTION set_without_clause() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  SET LOCAL launchpad.memory_limit = '340MB';
  RETURN megabytes();
END $$;
SET ROLE asker;
SELECT how, set_inside(how) FROM unnest('{nothing,rolled back}'::text[]) how;
SELECT set_inside('set');
SELECT set_inside('set local');
SELECT set_inside('set_config');
SELECT set_inside('subtransaction');
SELECT set_inside('reset');
SELECT set_without_clause();
-- It ends with the function, and where another role's begins.
SELECT who, memory FROM wide();
SELECT megabytes();
RESET ROLE;
CREATE FUNCTION passes_on() RETURNS int LANGUAGE sql SECURITY DEFINER SET launchpad.memory_limit = '350MB'
  AS 'SELECT memory FROM given.own()';
CREATE FUNCTION calls_on() RETURNS TABLE (before int, inside int, after int) LANGUAGE sql SECURITY DEFINER SET launchpad.memory_limit = '350MB'
  AS 'SELECT megabytes(), memory, megabytes() FROM given.own()';
ALTER ROLE giver SET launchpad.memory_limit = '220MB';
SET ROLE asker;
SELECT passes_on();
SELECT * FROM calls_on();
-- A clause that tightens, within one that loosens
RESET ROLE;
CREATE FUNCTION tight() RETURNS int LANGUAGE sql SECURITY DEFINER SET launchpad.memory_limit = '190MB' AS 'SELECT megabytes()';
CREATE FUNCTION nested() RETURNS TABLE (before int, inside int, after int) LANGUAGE sql SECURITY DEFINER SET launchpad.memory_limit = '350MB'
  AS 'SELECT megabytes(), tight(), megabytes()';
SET ROLE asker;
SELECT * FROM nested();
-- The clause of a function with the caller's rights counts as the caller's SET.
RESET ROLE;
CREATE FUNCTION invoked() RETURNS int LANGUAGE sql SET launchpad.memory_limit = '350MB' AS 'SELECT megabytes()';
SET ROLE asker;
SELECT invoked();
RESET ROLE;
-- A cursor that the function leaves open is read by its caller.
CREATE FUNCTION leaves_open() RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER SET launchpad.memory_limit = '350MB' AS $$
DECLARE c refcursor := 'left_open';
BEGIN
  OPEN c FOR SELECT megabytes();
  RETURN c;
END $$;
SET ROLE asker;
BEGIN;
SELECT leaves_open();
FETCH left_open;
COMMIT;
RESET ROLE;
-- A trigger's owner has no more by those that write to the table.
SET ROLE giver;
CREATE TABLE given.trap (n int, memory int, network bool);
CREATE FUNCTION given.fires() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  NEW.memory := public.megabytes();
  NEW.network := public.reaches();
  RETURN NEW;
END $$;
CREATE TRIGGER fires BEFORE INSERT ON given.trap FOR EACH ROW EXECUTE FUNCTION given.fires();
RESET ROLE;
INSERT INTO given.trap VALUES (1) RETURNING *;
-- Switched on by the clause, where the session's role has it off
CREATE FUNCTION switched_on() RETURNS int LANGUAGE sql SECURITY DEFINER SET launchpad.enabled = on AS 'SELECT megabytes()';
SET launchpad.enabled = off;
SET ROLE asker;
SELECT megabytes();
SELECT switched_on() > 0 AS ran;
RESET ROLE;
RESET ALL;

-- The pool: the current user's stored one, else the session's
CREATE FUNCTION pool_used() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM * FROM execute_external_script('Python', 'pass') AS t(a int);
  RETURN 'default';
EXCEPTION WHEN undefined_object THEN
  RETURN SQLERRM;
END $$;
SET ROLE giver;
CREATE FUNCTION given.pool_used() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT public.pool_used()';
RESET ROLE;
CREATE FUNCTION pool_by_clause(OUT mine text, OUT theirs text) LANGUAGE sql SECURITY DEFINER SET launchpad.pool = 'by_clause'
  AS 'SELECT pool_used(), given.pool_used()';
SELECT given.pool_used();
SET launchpad.pool = 'of_session';
SELECT given.pool_used();
ALTER ROLE giver SET launchpad.pool = 'of_giver';
SELECT pool_used(), given.pool_used();
ALTER ROLE CURRENT_USER SET launchpad.pool = 'of_superuser';
SELECT pool_used();
SET ROLE asker;
SELECT pool_used();
SELECT * FROM pool_by_clause();
RESET ROLE;

-- Statistics are the current user's; whose session it is, launchpad.satellites tells.
RESET ALL;
ALTER ROLE CURRENT_USER RESET ALL;
ALTER ROLE giver RESET ALL;
SELECT launchpad.reset_stats();
SET ROLE asker;
SELECT who FROM given.own();
RESET ROLE;
SELECT role, calls FROM launchpad.stats;
SELECT a FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT 1 AS a') AS t(a int);
DROP FUNCTION bound, megabytes, reaches, wide, set_inside, set_without_clause, passes_on, calls_on, tight, nested, invoked, leaves_open,
  switched_on, pool_used, pool_by_clause;
SET client_min_messages = warning;
DROP SCHEMA given CASCADE;
REVOKE EXECUTE ON FUNCTION execute_external_script FROM asker, giver;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM asker, giver;
DROP ROLE asker, giver;

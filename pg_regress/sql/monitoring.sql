-- What is known of calls: statistics, environments, the views under SQL Server's names, cancel.
\set SHOW_CONTEXT never
\pset null -
SELECT launchpad.reset_stats();
CREATE ROLE watched;
CREATE ROLE watcher;
GRANT EXECUTE ON FUNCTION execute_external_script TO watched;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO watched;
SET ROLE watched;
-- One call of each outcome
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT g FROM generate_series(1, 3) g') AS t(a int);
SELECT * FROM execute_external_script('Python', 'raise ValueError("x")') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', 'SELECT 1/0 AS a') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [["x"]]') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import os; os.kill(os.getpid(), 9)') AS t(a int);
SET launchpad.enabled = off;
SELECT * FROM execute_external_script('Python', 'pass') AS t(a int);
RESET launchpad.enabled;
SET statement_timeout = 1000;
SELECT * FROM execute_external_script('Python', 'import time; time.sleep(100)') AS t(a int);
RESET statement_timeout;
SET launchpad.script_timeout = 200;
SELECT * FROM execute_external_script('Python', 'import time; time.sleep(100)') AS t(a int);
RESET launchpad.script_timeout;
SET launchpad.memory_limit = '512MB';
SELECT * FROM execute_external_script('Python', 'bytearray(1 << 50)') AS t(a int);
RESET launchpad.memory_limit;
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(1)') AS t(a int);
SELECT language, role, calls, script_errors, input_errors, result_errors, refusals, limits, timeouts, cancels, deaths,
       other_errors, warm_starts + cold_starts AS starts, rows_in, rows_out, bytes_in > 0 AS bytes_in, bytes_out > 0 AS bytes_out,
       max_ms >= 200 AS max_ms, total_ms >= max_ms AS total_ms, cpu_user_ms + cpu_system_ms > 0 AS cpu
  FROM launchpad.stats WHERE role = 'watched' ORDER BY language;
RESET ROLE;
-- Another role sees that there were calls, and no more …
SET ROLE watcher;
SELECT language, role, database, calls, rows_in FROM launchpad.stats WHERE role = 'watched' ORDER BY language;
SELECT sum(counter_value) FROM launchpad.dm_external_script_execution_stats;
RESET ROLE;
-- … unless it may read all statistics.
GRANT pg_read_all_stats TO watcher;
SET ROLE watcher;
SELECT language, role, calls, rows_in FROM launchpad.stats WHERE role = 'watched' ORDER BY language;
SELECT launchpad.reset_stats();
\echo :SQLSTATE
RESET ROLE;
SELECT launchpad.reset_stats();
SELECT count(*) FROM launchpad.stats;
-- Environments
SELECT language, state, description ~ '^(Python 3|R) ?[0-9.]+' AS described,
       packages ?| ARRAY['pandas', 'stats'] AS has_packages, program LIKE '/%' AS program
  FROM launchpad.environments ORDER BY language;
SELECT packages->>'numpy' = (SELECT v FROM execute_external_script('Python', 'OutputDataSet = [[numpy.__version__]]') AS t(v text)) AS same
  FROM launchpad.environments WHERE language = 'Python';
-- Sums and paths are for those who may read all statistics; pools, their limits and versions for everybody.
CREATE ROLE monitoring_user;
CREATE ROLE monitoring_watcher IN ROLE pg_read_all_stats;
CREATE FUNCTION told() RETURNS TABLE (who name, pools text, used bigint, listed bigint, peak bigint, paths bigint, described bigint) LANGUAGE sql AS $$
  SELECT current_user, (SELECT string_agg(name || ' ' || max_memory_percent, ',') FROM launchpad.pools),
         (SELECT count(coalesce(running, queued, calls, peak_running, peak_queued, memory, peak_memory, processes, cpu_user_ms, cpu_system_ms)) FROM launchpad.pools),
         (SELECT count(*) FROM launchpad.list_pools()),
         (SELECT count(peak_memory_kb) FROM launchpad.dm_resource_governor_external_resource_pools WHERE name = 'default'),
         (SELECT count(*) FROM launchpad.environments AS e WHERE to_jsonb(e)::text ~ '(/usr|/opt|/bin)'),
         (SELECT count(*) FROM launchpad.environments WHERE description ~ '^(Python 3|R) ?[0-9.]+' AND packages <> '{}') $$;
SET ROLE monitoring_user;
SELECT who, pools, used, listed, peak, paths, described FROM told();
SET ROLE monitoring_watcher;
SELECT who, pools, used > 0 AS used, listed > 0 AS listed, paths > 0 AS paths, described FROM told();
RESET ROLE;
-- What scripts import is theirs and those who may read all statistics to know; nothing is told of what takes no time.
SELECT * FROM execute_external_script('Python', 'import scipy.linalg, sqlite3, math') AS t(a int);
SET ROLE monitoring_watcher;
SELECT language, module, calls > 0 AS calls, import_ms > 0 AS import_ms, preloaded IS NOT NULL AS known
  FROM launchpad.imports WHERE module IN ('scipy', 'sqlite3', 'math');
SET ROLE monitoring_user;
SELECT count(*) FROM launchpad.imports WHERE NOT preloaded OR calls IS NOT NULL OR import_ms IS NOT NULL;
RESET ROLE;
DROP FUNCTION told;
DROP ROLE monitoring_user, monitoring_watcher;
-- Names of SQL Server's
SELECT external_pool_id, name, max_cpu_percent, max_memory_percent, max_processes
  FROM launchpad.dm_resource_governor_external_resource_pools;
SELECT * FROM launchpad.dm_external_script_requests WHERE external_user_name = 'nobody';
-- Nothing to cancel
SELECT launchpad.cancel(-1), launchpad.cancel(0), launchpad.cancel(NULL);
-- EXPLAIN ANALYZE of a query with a call is what it is of any other.
CREATE FUNCTION explained(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query LOOP
        RETURN NEXT replace(line, '.00 loops', ' loops'); -- as PostgreSQL 18 counts
    END LOOP;
END $$;
SELECT explained($$SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT g FROM generate_series(1, 1000) g') AS t(a int) WHERE a > 10$$);
DROP FUNCTION explained;
-- The CONTEXT of every error of a call names it, whoever raised it.
CREATE FUNCTION context_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE context text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS OR query_canceled THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RETURN substring(context FROM '(Python|R) script, request [0-9]+') IS NOT NULL;
END $$;
SELECT context_of($$SELECT * FROM execute_external_script('Python', 'pass', 'SELECT 1/0 AS a') AS t(a int)$$) AS query,
       context_of($$SELECT * FROM execute_external_script('Python', 'pass', 'SELECT nope') AS t(a int)$$) AS parser,
       context_of($$SELECT * FROM execute_external_script('R', 'stop("x")') AS t(a int)$$) AS script,
       context_of($$SELECT * FROM execute_external_script('Python', 'OutputDataSet = [["x"]]') AS t(a int)$$) AS result,
       context_of($$CALL sp_execute_external_script('Python', 'x = 1', params => '{"x y": 1}')$$) AS procedure;
SET statement_timeout = 100;
SELECT context_of($$SELECT * FROM execute_external_script('Python', 'import time; time.sleep(100)') AS t(a int)$$) AS cancelled;
RESET statement_timeout;
DROP FUNCTION context_of;
REVOKE ALL ON FUNCTION execute_external_script FROM watched;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM watched;
DROP ROLE watched, watcher;

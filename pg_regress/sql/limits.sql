-- Limits, and how errors tell of them: which one, its value, the setting.
\set SHOW_CONTEXT never
CREATE ROLE limited;
GRANT EXECUTE ON FUNCTION execute_external_script TO limited;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO limited;
SET ROLE limited;
-- Processes and threads
SET launchpad.max_processes = 8;
SELECT * FROM execute_external_script('Python', $$
import os, time
for _ in range(20):
    if os.fork() == 0:
        time.sleep(1000)
$$) AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'for (i in 1:20) parallel::mcparallel(Sys.sleep(1000))') AS t(a int);
\echo :SQLSTATE
\set VERBOSITY terse
SELECT * FROM execute_external_script('Python', $$
import threading
threads = [threading.Thread(target=threading.Event().wait, daemon=True) for _ in range(20)]
for thread in threads:
    thread.start()
$$) AS t(a int);
\echo :SQLSTATE
-- Files
SET launchpad.tmp_limit = '2MB';
SELECT * FROM execute_external_script('Python', 'open("large", "wb").write(bytes(4 << 20))') AS t(a int);
\echo :SQLSTATE
\set VERBOSITY default
SELECT * FROM execute_external_script('Python', 'open("small", "wb").write(bytes(1 << 20)); OutputDataSet = [[1]]') AS t(a int);
-- Memory
SET launchpad.memory_limit = '200MB';
SELECT * FROM execute_external_script('Python', 'bytearray(300 << 20)') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'x <- numeric(1e8)') AS t(a int);
\echo :SQLSTATE
-- Processors: a script cannot choose others.
SELECT p AS processor FROM execute_external_script('Python', 'import os; OutputDataSet = [[str(max(os.sched_getaffinity(0)))]]') AS t(p text) \gset
SET launchpad.cpu_affinity = :'processor';
SELECT * FROM execute_external_script('Python', 'import os; OutputDataSet = [[len(os.sched_getaffinity(0))]]') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import os; os.sched_setaffinity(0, {0, 1})') AS t(a int);
-- Time
SET launchpad.script_timeout = '100ms';
SELECT * FROM execute_external_script('Python', 'while True: pass') AS t(a int);
\echo :SQLSTATE
-- All of them at once, within which a script works
SET launchpad.script_timeout = '1min';
SET launchpad.cpu_limit = 90;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet * 2', 'SELECT 21 AS a') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet * 2', 'SELECT 21 AS a') AS t(a int);
RESET ROLE;
RESET ALL;
REVOKE ALL ON FUNCTION execute_external_script FROM limited;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM limited;
DROP ROLE limited;
-- An error shows what its call began with, whatever its input query has set in the meantime.
SET launchpad.memory_limit = '300MB';
SELECT * FROM execute_external_script('Python', 'raise MemoryError("none left")', $$SELECT set_config('launchpad.memory_limit', '400MB', false) AS a$$) AS t(a int);
SET launchpad.tmp_limit = '3MB';
SELECT * FROM execute_external_script('R', 'stop("No space left on device")', $$SELECT set_config('launchpad.tmp_limit', '4MB', false) AS a$$) AS t(a int);
SET launchpad.max_processes = 30;
SELECT * FROM execute_external_script('R', 'stop("unable to fork, possible reason: Resource temporarily unavailable")', $$SELECT set_config('launchpad.max_processes', '40', false) AS a$$) AS t(a int);
SET launchpad.network = 'none';
SELECT * FROM execute_external_script('R', 'stop("cannot open the connection to https://example.com")', $$SELECT set_config('launchpad.network', 'host', false) AS a$$) AS t(a int);
SET launchpad.max_result_size = '1MB';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": ["x" * (2 << 20)]})', $$SELECT set_config('launchpad.max_result_size', '2MB', false) AS a$$) AS t(a text);
RESET ALL;

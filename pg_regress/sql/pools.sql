-- Pools: defined by superusers and whom they let, named by launchpad.pool.
\set SHOW_CONTEXT never
\pset null -
SELECT name, max_cpu_percent, max_memory_percent, max_processes, cpu_affinity, max_satellites FROM launchpad.pools ORDER BY name;
SELECT launchpad.create_pool('batch', max_cpu_percent => 50, max_memory_percent => 20, max_processes => 100, cpu_affinity => '0', max_satellites => 2);
SELECT launchpad.create_pool('all by default');
SELECT name, max_cpu_percent, max_memory_percent, max_processes, cpu_affinity, max_satellites FROM launchpad.pools ORDER BY name;
SELECT launchpad.alter_pool('batch', max_satellites => 3);
SELECT launchpad.alter_pool('batch', cpu_affinity => '', max_processes => 0);
SELECT launchpad.alter_pool('default', max_memory_percent => 60);
SELECT name, max_cpu_percent, max_memory_percent, max_processes, cpu_affinity, max_satellites FROM launchpad.pools ORDER BY name;
-- Wrong limits
SELECT launchpad.create_pool('batch');
\echo :SQLSTATE
SELECT launchpad.create_pool('default');
SELECT launchpad.create_pool('');
SELECT launchpad.create_pool(NULL);
SELECT launchpad.create_pool('x', max_cpu_percent => 0);
\echo :SQLSTATE
SELECT launchpad.create_pool('x', max_cpu_percent => 101);
SELECT launchpad.create_pool('x', max_memory_percent => 0);
SELECT launchpad.create_pool('x', max_processes => -1);
SELECT launchpad.create_pool('x', max_satellites => -1);
SELECT launchpad.create_pool('x', cpu_affinity => '3-1');
SELECT launchpad.create_pool('x', cpu_affinity => 'all');
SELECT launchpad.create_pool('x', cpu_affinity => '1023');
SELECT launchpad.create_pool('x', cpu_affinity => '1024');
SELECT launchpad.alter_pool('x', max_satellites => 1);
\echo :SQLSTATE
SELECT launchpad.alter_pool('batch', max_cpu_percent => 0);
SELECT launchpad.drop_pool('x');
SELECT launchpad.drop_pool('default');
\echo :SQLSTATE
-- A call runs in the pool that the setting names.
SET launchpad.pool = 'batch';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int);
SELECT name, calls, running <= 1 AS running, queued, peak_running, peak_queued <= 1 AS peak_queued FROM launchpad.pools WHERE name = 'batch';
SET launchpad.pool = 'nowhere';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int);
\echo :SQLSTATE
RESET launchpad.pool;
-- A definition is the transaction's: what is rolled back never was.
BEGIN;
SELECT launchpad.create_pool('passing');
SET LOCAL launchpad.pool = 'passing';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[2]]') AS t(a int);
ROLLBACK;
SET launchpad.pool = 'passing';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[2]]') AS t(a int);
RESET launchpad.pool;
-- Processors: those that the pool and launchpad.cpu_affinity have in common
SELECT p AS processor FROM execute_external_script('Python', 'import os; OutputDataSet = [[str(max(os.sched_getaffinity(0)))]]') AS t(p text) \gset
SELECT launchpad.alter_pool('batch', cpu_affinity => :'processor');
SET launchpad.pool = 'batch';
SELECT * FROM execute_external_script('Python', 'import os; OutputDataSet = [[len(os.sched_getaffinity(0))]]') AS t(processors int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(length(parallel::mcaffinity()))') AS t(processors int);
RESET launchpad.pool;
-- Who may
CREATE ROLE pool_admin;
CREATE ROLE pool_user;
GRANT EXECUTE ON FUNCTION launchpad.create_pool, launchpad.alter_pool, launchpad.drop_pool TO pool_admin;
SET ROLE pool_user;
SELECT launchpad.create_pool('x');
\echo :SQLSTATE
SELECT launchpad.alter_pool('batch', max_satellites => 9);
SELECT launchpad.drop_pool('batch');
INSERT INTO launchpad.pool_definitions VALUES ('x', 1, 1, 1, '', 1);
SELECT name FROM launchpad.pools ORDER BY name;
SET launchpad.pool = 'batch';
SET ROLE pool_admin;
SELECT launchpad.create_pool('x', max_satellites => 1);
SELECT launchpad.alter_pool('x', max_satellites => 2);
SELECT launchpad.drop_pool('x');
RESET ROLE;
SELECT launchpad.drop_pool('batch'), launchpad.drop_pool('all by default');
DELETE FROM launchpad.pool_definitions;
REVOKE ALL ON FUNCTION launchpad.create_pool, launchpad.alter_pool, launchpad.drop_pool FROM pool_admin;
DROP ROLE pool_admin, pool_user;

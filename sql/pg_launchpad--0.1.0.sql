\echo Use "CREATE EXTENSION pg_launchpad" to load this file. \quit

-- The call itself. It lives in the schema chosen at CREATE EXTENSION. No SET search_path: the input
-- query must run with the caller's.
CREATE FUNCTION @extschema@.execute_external_script(
    language                          pg_catalog.text,
    script                            pg_catalog.text,
    input_data_1                      pg_catalog.text DEFAULT NULL,
    params                            "any"           DEFAULT NULL,
    input_data_1_name                 pg_catalog.text DEFAULT 'InputDataSet',
    output_data_1_name                pg_catalog.text DEFAULT 'OutputDataSet',
    input_data_1_partition_by_columns pg_catalog.text DEFAULT NULL,
    input_data_1_order_by_columns     pg_catalog.text DEFAULT NULL,
    rows_per_read                     pg_catalog.int4 DEFAULT NULL,
    parallel                          pg_catalog.bool DEFAULT false
) RETURNS SETOF record
LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_execute_external_script';

COMMENT ON FUNCTION @extschema@.execute_external_script IS
    'runs a script in a sandboxed satellite process next to the rows of a query';

REVOKE ALL ON FUNCTION @extschema@.execute_external_script FROM PUBLIC;

-- The same as a procedure, for output parameters and results whose columns nobody declares.
CREATE PROCEDURE @extschema@.sp_execute_external_script(
    language                          pg_catalog.text,
    script                            pg_catalog.text,
    input_data_1                      pg_catalog.text DEFAULT NULL,
    input_data_1_name                 pg_catalog.text DEFAULT 'InputDataSet',
    output_data_1_name                pg_catalog.text DEFAULT 'OutputDataSet',
    input_data_1_partition_by_columns pg_catalog.text DEFAULT NULL,
    input_data_1_order_by_columns     pg_catalog.text DEFAULT NULL,
    rows_per_read                     pg_catalog.int4 DEFAULT NULL,
    parallel                          pg_catalog.bool DEFAULT false,
    INOUT params                      pg_catalog.jsonb DEFAULT NULL,
    INOUT result                      pg_catalog.refcursor DEFAULT NULL
)
LANGUAGE c
AS 'MODULE_PATHNAME', 'launchpad_sp_execute_external_script';

COMMENT ON PROCEDURE @extschema@.sp_execute_external_script IS
    'runs a script in a sandboxed satellite process; gives back its parameters and a cursor over its result';

REVOKE ALL ON PROCEDURE @extschema@.sp_execute_external_script FROM PUBLIC;

-- Says why, where there is one already.
CREATE FUNCTION @extschema@.launchpad_new_schema() RETURNS pg_catalog.void
LANGUAGE c AS 'MODULE_PATHNAME', 'launchpad_new_schema';
SELECT @extschema@.launchpad_new_schema();
DROP FUNCTION @extschema@.launchpad_new_schema();

CREATE SCHEMA launchpad;
COMMENT ON SCHEMA launchpad IS 'views and administration of pg_launchpad';
GRANT USAGE ON SCHEMA launchpad TO PUBLIC;

-- The languages: nothing is written in them, the right to use one is granted on it. As with every
-- trusted language of PostgreSQL, everybody has USAGE until it is revoked; EXECUTE on the function is
-- needed besides, and nobody has that until it is granted.
CREATE FUNCTION launchpad.language_handler() RETURNS language_handler
LANGUAGE c AS 'MODULE_PATHNAME', 'launchpad_language_handler';

CREATE FUNCTION launchpad.language_validator(pg_catalog.oid) RETURNS pg_catalog.void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'launchpad_language_validator';

CREATE TRUSTED LANGUAGE launchpad_python
    HANDLER launchpad.language_handler VALIDATOR launchpad.language_validator;
CREATE TRUSTED LANGUAGE launchpad_r
    HANDLER launchpad.language_handler VALIDATOR launchpad.language_validator;

COMMENT ON LANGUAGE launchpad_python IS 'USAGE allows running Python with execute_external_script';
COMMENT ON LANGUAGE launchpad_r IS 'USAGE allows running R with execute_external_script';

-- Pools. The table is empty at first: the pool "default" has built-in limits until it is altered, so
-- that a dump can bring it along.
CREATE TABLE launchpad.pool_definitions (
    name               pg_catalog.name PRIMARY KEY,
    max_cpu_percent    pg_catalog.int4 NOT NULL
        CHECK (max_cpu_percent OPERATOR(pg_catalog.>=) 1 AND max_cpu_percent OPERATOR(pg_catalog.<=) 100),
    max_memory_percent pg_catalog.int4 NOT NULL
        CHECK (max_memory_percent OPERATOR(pg_catalog.>=) 1 AND max_memory_percent OPERATOR(pg_catalog.<=) 100),
    max_processes      pg_catalog.int4 NOT NULL CHECK (max_processes OPERATOR(pg_catalog.>=) 0),
    cpu_affinity       pg_catalog.text NOT NULL CHECK (cpu_affinity OPERATOR(pg_catalog.~) '^[0-9, -]*$'),
    max_satellites     pg_catalog.int4 NOT NULL CHECK (max_satellites OPERATOR(pg_catalog.>=) 0)
);
COMMENT ON TABLE launchpad.pool_definitions IS
    'pools that this database defines; launchpad.create_pool, alter_pool and drop_pool change it';
SELECT pg_catalog.pg_extension_config_dump('launchpad.pool_definitions', '');
GRANT SELECT ON launchpad.pool_definitions TO PUBLIC;

CREATE FUNCTION launchpad.check_processors(written pg_catalog.text) RETURNS pg_catalog.bool
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'launchpad_check_processors';

-- Raises what is wrong with a pool's limits; NULL is not looked at.
CREATE FUNCTION launchpad.check_pool(
    name               pg_catalog.name,
    max_cpu_percent    pg_catalog.int4,
    max_memory_percent pg_catalog.int4,
    max_processes      pg_catalog.int4,
    cpu_affinity       pg_catalog.text,
    max_satellites     pg_catalog.int4
) RETURNS pg_catalog.void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF name IS NULL OR name = '' THEN
        RAISE 'a pool needs a name' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF max_cpu_percent NOT BETWEEN 1 AND 100 THEN
        RAISE 'max_cpu_percent must be from 1 to 100, not %', max_cpu_percent
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'It is a share of all CPUs in total.';
    END IF;
    IF max_memory_percent NOT BETWEEN 1 AND 100 THEN
        RAISE 'max_memory_percent must be from 1 to 100, not %', max_memory_percent
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'It is a share of the host''s memory.';
    END IF;
    IF max_processes < 0 THEN
        RAISE 'max_processes must not be negative' USING ERRCODE = 'invalid_parameter_value', HINT = '0 means no limit.';
    END IF;
    IF max_satellites < 0 THEN
        RAISE 'max_satellites must not be negative' USING ERRCODE = 'invalid_parameter_value', HINT = '0 means no limit.';
    END IF;
    PERFORM launchpad.check_processors(cpu_affinity);
END $$;
REVOKE ALL ON FUNCTION launchpad.check_pool FROM PUBLIC;

CREATE FUNCTION launchpad.create_pool(
    name               pg_catalog.name,
    max_cpu_percent    pg_catalog.int4 DEFAULT 100,
    max_memory_percent pg_catalog.int4 DEFAULT 50,
    max_processes      pg_catalog.int4 DEFAULT 0,
    cpu_affinity       pg_catalog.text DEFAULT '',
    max_satellites     pg_catalog.int4 DEFAULT 0
) RETURNS pg_catalog.void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM launchpad.check_pool(name, max_cpu_percent, max_memory_percent, max_processes, cpu_affinity, max_satellites);
    IF name = 'default' THEN
        RAISE 'pool "default" always exists' USING ERRCODE = 'duplicate_object', HINT = 'launchpad.alter_pool changes it.';
    END IF;
    INSERT INTO launchpad.pool_definitions VALUES (
        name, coalesce(max_cpu_percent, 100), coalesce(max_memory_percent, 50), coalesce(max_processes, 0),
        coalesce(cpu_affinity, ''), coalesce(max_satellites, 0));
EXCEPTION WHEN unique_violation THEN
    RAISE 'pool "%" already exists', name USING ERRCODE = 'duplicate_object', HINT = 'launchpad.alter_pool changes it.';
END $$;
REVOKE ALL ON FUNCTION launchpad.create_pool FROM PUBLIC;
COMMENT ON FUNCTION launchpad.create_pool IS
    'defines limits for all scripts of a pool in total; launchpad.pool names a role''s';

CREATE FUNCTION launchpad.alter_pool(
    name               pg_catalog.name,
    max_cpu_percent    pg_catalog.int4 DEFAULT NULL,
    max_memory_percent pg_catalog.int4 DEFAULT NULL,
    max_processes      pg_catalog.int4 DEFAULT NULL,
    cpu_affinity       pg_catalog.text DEFAULT NULL,
    max_satellites     pg_catalog.int4 DEFAULT NULL
) RETURNS pg_catalog.void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM launchpad.check_pool(name, max_cpu_percent, max_memory_percent, max_processes, cpu_affinity, max_satellites);
    IF name = 'default' THEN
        INSERT INTO launchpad.pool_definitions VALUES (name, 100, 50, 0, '', 0) ON CONFLICT DO NOTHING;
    END IF;
    UPDATE launchpad.pool_definitions AS p SET
        max_cpu_percent = coalesce(alter_pool.max_cpu_percent, p.max_cpu_percent),
        max_memory_percent = coalesce(alter_pool.max_memory_percent, p.max_memory_percent),
        max_processes = coalesce(alter_pool.max_processes, p.max_processes),
        cpu_affinity = coalesce(alter_pool.cpu_affinity, p.cpu_affinity),
        max_satellites = coalesce(alter_pool.max_satellites, p.max_satellites)
    WHERE p.name = alter_pool.name;
    IF NOT FOUND THEN
        RAISE 'pool "%" does not exist in this database', name USING ERRCODE = 'undefined_object';
    END IF;
END $$;
REVOKE ALL ON FUNCTION launchpad.alter_pool FROM PUBLIC;
COMMENT ON FUNCTION launchpad.alter_pool IS
    'changes those of a pool''s limits that are not NULL, from its next call on';

CREATE FUNCTION launchpad.drop_pool(name pg_catalog.name) RETURNS pg_catalog.void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF name = 'default' THEN
        RAISE 'pool "default" cannot be dropped'
            USING ERRCODE = 'dependent_objects_still_exist', HINT = 'launchpad.alter_pool changes its limits.';
    END IF;
    DELETE FROM launchpad.pool_definitions AS p WHERE p.name = drop_pool.name;
    IF NOT FOUND THEN
        RAISE 'pool "%" does not exist in this database', name USING ERRCODE = 'undefined_object';
    END IF;
END $$;
REVOKE ALL ON FUNCTION launchpad.drop_pool FROM PUBLIC;
COMMENT ON FUNCTION launchpad.drop_pool IS
    'removes a pool; calls whose launchpad.pool still names it are refused';

-- The functions behind the views show a role only what that role may see, so everybody may call them.
CREATE FUNCTION launchpad.list_satellites(
    OUT request       pg_catalog.int8,
    OUT pid           pg_catalog.int4,
    OUT satellite_pid pg_catalog.int4,
    OUT datid         pg_catalog.oid,
    OUT usesysid      pg_catalog.oid,
    OUT visible       pg_catalog.bool,
    OUT language      pg_catalog.text,
    OUT pool          pg_catalog.text,
    OUT state         pg_catalog.text,
    OUT since         pg_catalog.timestamptz,
    OUT wait_reason   pg_catalog.text,
    OUT rows_in       pg_catalog.int8,
    OUT bytes_in      pg_catalog.int8,
    OUT rows_out      pg_catalog.int8,
    OUT bytes_out     pg_catalog.int8,
    OUT cpu_ms        pg_catalog.float8,
    OUT memory        pg_catalog.int8
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_satellites';

CREATE VIEW launchpad.satellites AS
SELECT s.request,
       s.pid,
       s.satellite_pid,
       d.datname AS database,
       r.rolname AS role,
       CASE WHEN s.visible THEN a.application_name ELSE '<insufficient privilege>' END AS application,
       CASE WHEN s.visible THEN s.language ELSE '<insufficient privilege>' END AS language,
       CASE WHEN s.visible THEN s.pool ELSE '<insufficient privilege>' END AS pool,
       CASE WHEN s.visible THEN s.state ELSE '<insufficient privilege>' END AS state,
       s.since,
       CASE WHEN s.visible THEN s.wait_reason ELSE '<insufficient privilege>' END AS wait_reason,
       s.rows_in,
       s.bytes_in,
       s.rows_out,
       s.bytes_out,
       s.cpu_ms,
       s.memory
  FROM launchpad.list_satellites() AS s
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.datid
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) s.usesysid
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid OPERATOR(pg_catalog.=) s.pid;

COMMENT ON VIEW launchpad.satellites IS
    'the satellites that run or wait, and the calls that wait for one';

GRANT SELECT ON launchpad.satellites TO PUBLIC;

CREATE FUNCTION launchpad.list_pools(
    OUT name          pg_catalog.text,
    OUT running       pg_catalog.int4,
    OUT queued        pg_catalog.int4,
    OUT peak_running  pg_catalog.int4,
    OUT peak_queued   pg_catalog.int4,
    OUT memory        pg_catalog.int8,
    OUT peak_memory   pg_catalog.int8,
    OUT processes     pg_catalog.int4,
    OUT cpu_user_ms   pg_catalog.float8,
    OUT cpu_system_ms pg_catalog.float8,
    OUT calls         pg_catalog.int8,
    OUT since         pg_catalog.timestamptz
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_pools';

CREATE VIEW launchpad.pools AS
SELECT p.name,
       p.max_cpu_percent,
       p.max_memory_percent,
       p.max_processes,
       p.cpu_affinity,
       p.max_satellites,
       coalesce(l.running, 0) AS running,
       coalesce(l.queued, 0) AS queued,
       coalesce(l.peak_running, 0) AS peak_running,
       coalesce(l.peak_queued, 0) AS peak_queued,
       l.memory,
       l.peak_memory,
       l.processes,
       coalesce(l.cpu_user_ms, 0) AS cpu_user_ms,
       coalesce(l.cpu_system_ms, 0) AS cpu_system_ms,
       coalesce(l.calls, 0) AS calls,
       l.since
  FROM (SELECT d.name, d.max_cpu_percent, d.max_memory_percent, d.max_processes, d.cpu_affinity, d.max_satellites
          FROM launchpad.pool_definitions AS d
         UNION ALL
        SELECT 'default', 100, 50, 0, '', 0
         WHERE NOT EXISTS (SELECT FROM launchpad.pool_definitions AS d WHERE d.name OPERATOR(pg_catalog.=) 'default')
       ) AS p
  LEFT JOIN launchpad.list_pools() AS l ON l.name OPERATOR(pg_catalog.=) p.name::pg_catalog.text;

COMMENT ON VIEW launchpad.pools IS
    'the pools of this database: limits, what is in use by all databases, and the most that was';

GRANT SELECT ON launchpad.pools TO PUBLIC;

CREATE FUNCTION launchpad.list_stats(
    OUT language       pg_catalog.text,
    OUT usesysid       pg_catalog.oid,
    OUT datid          pg_catalog.oid,
    OUT visible        pg_catalog.bool,
    OUT calls          pg_catalog.int8,
    OUT script_errors  pg_catalog.int8,
    OUT input_errors   pg_catalog.int8,
    OUT result_errors  pg_catalog.int8,
    OUT refusals       pg_catalog.int8,
    OUT limits         pg_catalog.int8,
    OUT timeouts       pg_catalog.int8,
    OUT cancels        pg_catalog.int8,
    OUT deaths         pg_catalog.int8,
    OUT other_errors   pg_catalog.int8,
    OUT warm_starts    pg_catalog.int8,
    OUT cold_starts    pg_catalog.int8,
    OUT queue_ms       pg_catalog.float8,
    OUT max_queue_ms   pg_catalog.float8,
    OUT total_ms       pg_catalog.float8,
    OUT max_ms         pg_catalog.float8,
    OUT rows_in        pg_catalog.int8,
    OUT bytes_in       pg_catalog.int8,
    OUT rows_out       pg_catalog.int8,
    OUT bytes_out      pg_catalog.int8,
    OUT cpu_user_ms    pg_catalog.float8,
    OUT cpu_system_ms  pg_catalog.float8,
    OUT since          pg_catalog.timestamptz
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_stats';

CREATE VIEW launchpad.stats AS
SELECT CASE WHEN s.visible THEN s.language ELSE '<insufficient privilege>' END AS language,
       r.rolname AS role,
       d.datname AS database,
       s.calls,
       s.script_errors,
       s.input_errors,
       s.result_errors,
       s.refusals,
       s.limits,
       s.timeouts,
       s.cancels,
       s.deaths,
       s.other_errors,
       s.warm_starts,
       s.cold_starts,
       s.queue_ms,
       s.max_queue_ms,
       s.total_ms,
       s.max_ms,
       s.rows_in,
       s.bytes_in,
       s.rows_out,
       s.bytes_out,
       s.cpu_user_ms,
       s.cpu_system_ms,
       s.since
  FROM launchpad.list_stats() AS s
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) s.usesysid
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.datid;

COMMENT ON VIEW launchpad.stats IS
    'calls by language, role and database since the last launchpad.reset_stats()';

GRANT SELECT ON launchpad.stats TO PUBLIC;

CREATE FUNCTION launchpad.reset_stats() RETURNS pg_catalog.void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_reset_stats';

COMMENT ON FUNCTION launchpad.reset_stats IS 'begins to count the calls anew, for all databases';

REVOKE ALL ON FUNCTION launchpad.reset_stats FROM PUBLIC;

CREATE FUNCTION launchpad.list_environments(
    OUT language    pg_catalog.text,
    OUT program     pg_catalog.text,
    OUT state       pg_catalog.text,
    OUT description pg_catalog.text,
    OUT packages    pg_catalog.text
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_environments';

CREATE VIEW launchpad.environments AS
SELECT e.language, e.program, e.state, e.description, e.packages::pg_catalog.jsonb AS packages
  FROM launchpad.list_environments() AS e;

COMMENT ON VIEW launchpad.environments IS
    'the interpreters that run scripts, and the packages that scripts find there';

GRANT SELECT ON launchpad.environments TO PUBLIC;

CREATE FUNCTION launchpad.list_ceilings(
    OUT name    pg_catalog.text,
    OUT ceiling pg_catalog.text
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_ceilings';

CREATE VIEW launchpad.settings AS
SELECT s.name,
       pg_catalog.current_setting(s.name) AS setting,
       c.ceiling,
       s.source,
       s.short_desc AS description
  FROM pg_catalog.pg_settings AS s
  LEFT JOIN launchpad.list_ceilings() AS c ON c.name OPERATOR(pg_catalog.=) s.name
 WHERE s.name OPERATOR(pg_catalog.~~) 'launchpad.%';

COMMENT ON VIEW launchpad.settings IS
    'what is set in this session, and how far it can be raised there';

GRANT SELECT ON launchpad.settings TO PUBLIC;

-- Who may end a call is checked inside, by the rules of pg_cancel_backend.
CREATE FUNCTION launchpad.cancel(request pg_catalog.int8) RETURNS pg_catalog.bool
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_cancel';

COMMENT ON FUNCTION launchpad.cancel IS
    'ends a call, waiting or running, by its number in launchpad.satellites; true if there was one';

-- What SQL Server calls these, for dashboards that ask so.
CREATE VIEW launchpad.dm_external_script_requests AS
SELECT pg_catalog.lpad(pg_catalog.to_hex(s.request), 32, '0')::pg_catalog.uuid AS external_script_request_id,
       s.language,
       1 AS degree_of_parallelism,
       s.role AS external_user_name
  FROM launchpad.satellites AS s
 WHERE s.request IS NOT NULL AND s.state OPERATOR(pg_catalog.<>) 'queued';

CREATE VIEW launchpad.dm_external_script_execution_stats AS
SELECT s.language, c.counter_name, pg_catalog.sum(c.counter_value)::pg_catalog.int8 AS counter_value
  FROM launchpad.stats AS s,
       LATERAL (VALUES ('calls', s.calls), ('script_errors', s.script_errors), ('input_errors', s.input_errors),
                       ('result_errors', s.result_errors), ('refusals', s.refusals), ('limits', s.limits),
                       ('timeouts', s.timeouts), ('cancels', s.cancels), ('deaths', s.deaths),
                       ('other_errors', s.other_errors), ('warm_starts', s.warm_starts),
                       ('cold_starts', s.cold_starts), ('rows_in', s.rows_in), ('rows_out', s.rows_out)
               ) AS c (counter_name, counter_value)
 WHERE s.calls IS NOT NULL
 GROUP BY s.language, c.counter_name;

CREATE VIEW launchpad.dm_resource_governor_external_resource_pools AS
SELECT CASE WHEN p.name OPERATOR(pg_catalog.=) 'default' THEN 2
            ELSE 256 OPERATOR(pg_catalog.+) (pg_catalog.hashtext(p.name::pg_catalog.text) OPERATOR(pg_catalog.&) 16777215)
       END AS external_pool_id,
       p.name,
       1 AS pool_version,
       p.max_cpu_percent,
       p.max_processes,
       p.max_memory_percent,
       p.since AS statistics_start_time,
       p.peak_memory OPERATOR(pg_catalog./) 1024 AS peak_memory_kb,
       0 AS write_io_count,
       0 AS read_io_count,
       p.cpu_system_ms::pg_catalog.int8 AS total_cpu_kernel_ms,
       p.cpu_user_ms::pg_catalog.int8 AS total_cpu_user_ms,
       p.processes AS active_processes_count
  FROM launchpad.pools AS p;

GRANT SELECT ON launchpad.dm_external_script_requests TO PUBLIC;
GRANT SELECT ON launchpad.dm_external_script_execution_stats TO PUBLIC;
GRANT SELECT ON launchpad.dm_resource_governor_external_resource_pools TO PUBLIC;

-- Says what this installation has and what it lacks: paths and settings of the host, so not for
-- everybody.
CREATE FUNCTION launchpad.check()
RETURNS TABLE (
    item   pg_catalog.text,
    status pg_catalog.text,
    found  pg_catalog.text,
    advice pg_catalog.text
)
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_check';

COMMENT ON FUNCTION launchpad.check IS
    'what the installation needs or is safer with: ok, missing or failed, and what to do about it';

REVOKE ALL ON FUNCTION launchpad.check FROM PUBLIC;
GRANT EXECUTE ON FUNCTION launchpad.check TO pg_monitor;

\echo Use "ALTER EXTENSION pg_launchpad UPDATE TO '0.2.0'" to load this file. \quit

-- Both routines get arguments at their end, for the last time: `environment`, and the procedure
-- `typed_params` before it. PostgreSQL knows a function by its arguments, so that one with more of
-- them would be another function, without the grants, comments and views of the old one. Therefore
-- the new declarations are only models here, in a schema where nobody else creates anything: what
-- they say about arguments is written into the rows of the routines that exist, as extensions of
-- PostgreSQL's own have done (hstore 1.4). The routines keep oid, owner, rights, comment and
-- settings; views over them go on, since the planner adds the defaults of arguments not given.
-- What took "any" takes anycompatible, to which a value without a type, such as a driver's parameter, is text.
CREATE FUNCTION launchpad.execute_external_script(
    language                          pg_catalog.text,
    script                            pg_catalog.text,
    input_data_1                      pg_catalog.text DEFAULT NULL,
    params                            pg_catalog.anycompatible DEFAULT NULL,
    input_data_1_name                 pg_catalog.text DEFAULT 'InputDataSet',
    output_data_1_name                pg_catalog.text DEFAULT 'OutputDataSet',
    input_data_1_partition_by_columns pg_catalog.text DEFAULT NULL,
    input_data_1_order_by_columns     pg_catalog.text DEFAULT NULL,
    rows_per_read                     pg_catalog.int4 DEFAULT NULL,
    parallel                          pg_catalog.bool DEFAULT false,
    environment                       pg_catalog.text DEFAULT NULL
) RETURNS SETOF record
LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_execute_external_script';

CREATE PROCEDURE launchpad.sp_execute_external_script(
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
    INOUT result                      pg_catalog.refcursor DEFAULT NULL,
    typed_params                      pg_catalog.anycompatible DEFAULT NULL,
    environment                       pg_catalog.text DEFAULT NULL
)
LANGUAGE c
AS 'MODULE_PATHNAME', 'launchpad_sp_execute_external_script';

DO $$
DECLARE
    routines pg_catalog.int8;
BEGIN
    UPDATE pg_catalog.pg_proc AS p SET
        pronargs = model.pronargs,
        pronargdefaults = model.pronargdefaults,
        proargtypes = model.proargtypes,
        proallargtypes = model.proallargtypes,
        proargmodes = model.proargmodes,
        proargnames = model.proargnames,
        proargdefaults = model.proargdefaults
      FROM pg_catalog.pg_proc AS model, pg_catalog.pg_extension AS e, pg_catalog.pg_depend AS d
     WHERE e.extname OPERATOR(pg_catalog.=) 'pg_launchpad'
       AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
       AND d.refobjid OPERATOR(pg_catalog.=) e.oid
       AND d.deptype OPERATOR(pg_catalog.=) 'e'
       AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
       AND d.objid OPERATOR(pg_catalog.=) p.oid
       AND p.pronamespace OPERATOR(pg_catalog.=) e.extnamespace
       AND p.proname OPERATOR(pg_catalog.=) model.proname
       AND model.oid OPERATOR(pg_catalog.=) ANY (ARRAY[
               'launchpad.execute_external_script'::pg_catalog.regproc,
               'launchpad.sp_execute_external_script'::pg_catalog.regproc]::pg_catalog.oid[]);
    GET DIAGNOSTICS routines = ROW_COUNT;
    IF routines OPERATOR(pg_catalog.<>) 2 THEN
        RAISE 'pg_launchpad has lost a routine that the update is to change'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Give it back the name and the schema that CREATE EXTENSION gave it.';
    END IF;
END $$;

DROP FUNCTION launchpad.execute_external_script;
DROP PROCEDURE launchpad.sp_execute_external_script;

-- USAGE on the languages is nobody's until it is granted. Where PUBLIC had it, those that could run
-- scripts still can: they get it beside the EXECUTE that they have, with the same grant option. Where the
-- languages are as new as this transaction, default privileges for functions are no such EXECUTE.
DO $$
DECLARE
    lang   record;
    holder record;
BEGIN
    FOR lang IN
        SELECT l.oid, l.lanname, l.lanowner,
               pg_catalog.has_language_privilege('public', l.oid, 'USAGE') AS everyones,
               pg_catalog.age(l.xmin) OPERATOR(pg_catalog.=) 0 AS is_new
          FROM pg_catalog.pg_language AS l
         WHERE l.lanname OPERATOR(pg_catalog.=) ANY (ARRAY['launchpad_python', 'launchpad_r']::pg_catalog.name[])
    LOOP
        EXECUTE pg_catalog.format('REVOKE USAGE ON LANGUAGE %I FROM PUBLIC', lang.lanname);
        FOR holder IN
            SELECT a.grantee, pg_catalog.bool_or(a.is_grantable) AS may_grant
              FROM pg_catalog.pg_extension AS e
              JOIN pg_catalog.pg_depend AS d
                ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
               AND d.refobjid OPERATOR(pg_catalog.=) e.oid
               AND d.deptype OPERATOR(pg_catalog.=) 'e'
               AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
              JOIN pg_catalog.pg_proc AS p
                ON p.oid OPERATOR(pg_catalog.=) d.objid
               AND p.pronamespace OPERATOR(pg_catalog.=) e.extnamespace
             CROSS JOIN LATERAL pg_catalog.aclexplode(
                       coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
             WHERE e.extname OPERATOR(pg_catalog.=) 'pg_launchpad'
               AND a.privilege_type OPERATOR(pg_catalog.=) 'EXECUTE'
               AND a.grantee OPERATOR(pg_catalog.<>) lang.lanowner
               AND lang.everyones
               AND NOT (lang.is_new AND EXISTS (
                       SELECT FROM pg_catalog.pg_init_privs AS i,
                              LATERAL pg_catalog.aclexplode(i.initprivs) AS f
                        WHERE i.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                          AND i.objoid OPERATOR(pg_catalog.=) p.oid
                          AND f.grantee OPERATOR(pg_catalog.=) a.grantee))
             GROUP BY a.grantee
        LOOP
            EXECUTE pg_catalog.format(
                'GRANT USAGE ON LANGUAGE %I TO %s%s',
                lang.lanname,
                CASE WHEN holder.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'PUBLIC'
                     ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(holder.grantee)) END,
                CASE WHEN holder.may_grant THEN ' WITH GRANT OPTION' END);
        END LOOP;
        -- A script's GRANTs are recorded as what the extension itself brings, which pg_dump leaves
        -- out. What it brings is its owner's right, as after CREATE EXTENSION; the rest is dumped.
        UPDATE pg_catalog.pg_init_privs AS i
           SET initprivs = ARRAY[pg_catalog.makeaclitem(lang.lanowner, lang.lanowner, 'USAGE', false)]
         WHERE i.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_language'::pg_catalog.regclass
           AND i.objoid OPERATOR(pg_catalog.=) lang.oid;
        -- From PostgreSQL 17 on that record depends on the roles in it.
        DELETE FROM pg_catalog.pg_shdepend AS s
         WHERE s.dbid OPERATOR(pg_catalog.=) (
                   SELECT b.oid FROM pg_catalog.pg_database AS b
                    WHERE b.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
           AND s.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_language'::pg_catalog.regclass
           AND s.objid OPERATOR(pg_catalog.=) lang.oid
           AND s.deptype OPERATOR(pg_catalog.=) 'i'
           AND s.refobjid OPERATOR(pg_catalog.<>) lang.lanowner;
    END LOOP;
END $$;

-- What launchpad.stats counts, by script.
CREATE FUNCTION launchpad.list_script_stats(
    OUT environment    pg_catalog.text,
    OUT language       pg_catalog.text,
    OUT session_id     pg_catalog.oid,
    OUT usesysid       pg_catalog.oid,
    OUT datid          pg_catalog.oid,
    OUT script         pg_catalog.text,
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
AS 'MODULE_PATHNAME', 'launchpad_script_stats';

CREATE VIEW launchpad.script_stats AS
SELECT CASE WHEN s.visible THEN s.environment ELSE '<insufficient privilege>' END AS environment,
       CASE WHEN s.visible THEN s.language ELSE '<insufficient privilege>' END AS language,
       u.rolname AS session_role,
       r.rolname AS role,
       d.datname AS database,
       s.script,
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
  FROM launchpad.list_script_stats() AS s
  LEFT JOIN pg_catalog.pg_roles AS u ON u.oid OPERATOR(pg_catalog.=) s.session_id
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) s.usesysid
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.datid;

COMMENT ON VIEW launchpad.script_stats IS
    'calls by script, session user, role and database since the last launchpad.reset_stats()';

GRANT SELECT ON launchpad.script_stats TO PUBLIC;

-- What is in use is for those who may read all statistics. Others see the pools and their limits.
CREATE OR REPLACE VIEW launchpad.pools AS
SELECT p.name,
       p.max_cpu_percent,
       p.max_memory_percent,
       p.max_processes,
       p.cpu_affinity,
       p.max_satellites,
       CASE WHEN p.watched THEN coalesce(l.running, 0) END AS running,
       CASE WHEN p.watched THEN coalesce(l.queued, 0) END AS queued,
       CASE WHEN p.watched THEN coalesce(l.peak_running, 0) END AS peak_running,
       CASE WHEN p.watched THEN coalesce(l.peak_queued, 0) END AS peak_queued,
       l.memory,
       l.peak_memory,
       l.processes,
       CASE WHEN p.watched THEN coalesce(l.cpu_user_ms, 0) END AS cpu_user_ms,
       CASE WHEN p.watched THEN coalesce(l.cpu_system_ms, 0) END AS cpu_system_ms,
       CASE WHEN p.watched THEN coalesce(l.calls, 0) END AS calls,
       l.since
  FROM (SELECT d.name, d.max_cpu_percent, d.max_memory_percent, d.max_processes, d.cpu_affinity, d.max_satellites,
               pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS watched
          FROM launchpad.pool_definitions AS d
         UNION ALL
        SELECT 'default', 100, 50, 0, '', 0, pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
         WHERE NOT EXISTS (SELECT FROM launchpad.pool_definitions AS d WHERE d.name OPERATOR(pg_catalog.=) 'default')
       ) AS p
  LEFT JOIN launchpad.list_pools() AS l ON l.name OPERATOR(pg_catalog.=) p.name::pg_catalog.text;

CREATE FUNCTION launchpad.list_imports(
    OUT language  pg_catalog.text,
    OUT module    pg_catalog.text,
    OUT calls     pg_catalog.int8,
    OUT import_ms pg_catalog.float8,
    OUT preloaded pg_catalog.bool,
    OUT memory    pg_catalog.int8,
    OUT note      pg_catalog.text
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_imports';

CREATE VIEW launchpad.imports AS
SELECT i.language, i.module, i.calls, i.import_ms, i.preloaded, i.memory, i.note
  FROM launchpad.list_imports() AS i;

COMMENT ON VIEW launchpad.imports IS
    'the packages that scripts import, and which of them are preloaded';

GRANT SELECT ON launchpad.imports TO PUBLIC;

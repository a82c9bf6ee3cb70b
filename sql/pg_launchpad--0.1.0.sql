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

CREATE SCHEMA launchpad;
COMMENT ON SCHEMA launchpad IS 'views and administration of pg_launchpad';
GRANT USAGE ON SCHEMA launchpad TO PUBLIC;

-- Lists what the launchpad has. It shows a role only what that role may see, so everybody may call
-- it.
CREATE FUNCTION launchpad.list_satellites(
    OUT request       pg_catalog.int8,
    OUT pid           pg_catalog.int4,
    OUT satellite_pid pg_catalog.int4,
    OUT datid         pg_catalog.oid,
    OUT usesysid      pg_catalog.oid,
    OUT language      pg_catalog.text,
    OUT state         pg_catalog.text,
    OUT since         pg_catalog.timestamptz
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'launchpad_satellites';

CREATE VIEW launchpad.satellites AS
SELECT s.request,
       s.pid,
       s.satellite_pid,
       d.datname AS database,
       r.rolname AS role,
       s.language,
       s.state,
       s.since
  FROM launchpad.list_satellites() AS s
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.datid
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) s.usesysid;

COMMENT ON VIEW launchpad.satellites IS
    'the satellites that run or wait, and the calls that wait for one';

GRANT SELECT ON launchpad.satellites TO PUBLIC;

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

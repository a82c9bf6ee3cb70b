-- What casts of a result call: with the caller's rights, EXECUTE on the function among them, as in a query.
\set SHOW_CONTEXT never
CREATE ROLE converter;
GRANT EXECUTE ON FUNCTION execute_external_script TO converter;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO converter;
CREATE TYPE celsius AS (degrees float8);
CREATE TABLE called (by_whom name);
-- A cast with its maker's rights
CREATE FUNCTION to_celsius(float8) RETURNS celsius LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO called VALUES (session_user);
  RETURN ROW($1)::celsius;
END $$;
CREATE CAST (float8 AS celsius) WITH FUNCTION to_celsius(float8);
SET ROLE converter;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(20.5,)]') AS t(a celsius);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION to_celsius FROM PUBLIC;
DELETE FROM called;
SET ROLE converter;
SELECT 20.5::float8::celsius;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(20.5,)]') AS t(a celsius);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- 20.5') AS t(a celsius);
-- In arrays and composites
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[20.5, 21.5]]})') AS t(a celsius[]);
RESET ROLE;
CREATE TYPE weather AS (place text, temperature celsius);
SET ROLE converter;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [{"place": "x", "temperature": 20.5}]})') AS t(a weather);
-- The procedure declares no types; what reads its cursor is a query.
RESET ROLE;
SELECT count(*) FROM called;
GRANT EXECUTE ON FUNCTION to_celsius TO converter;
SET ROLE converter;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[20.5, 21.5]]})') AS t(a celsius[]);
RESET ROLE;
-- With the rights of the owner of the function that calls
REVOKE EXECUTE ON FUNCTION to_celsius FROM converter;
CREATE FUNCTION owners() RETURNS SETOF celsius LANGUAGE sql SECURITY DEFINER AS $$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(20.5,)]') AS t(a celsius)
$$;
SET ROLE converter;
SELECT owners();
RESET ROLE;
-- A length function
CREATE FUNCTION cut(bit, int, bool) RETURNS bit LANGUAGE internal AS 'bit';
UPDATE pg_cast SET castfunc = 'cut(bit, int, bool)'::regprocedure WHERE castsource = 'bit'::regtype AND casttarget = 'bit'::regtype;
REVOKE EXECUTE ON FUNCTION cut FROM PUBLIC;
SET ROLE converter;
SELECT 5::bit(32)::bit(3);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(5,)]') AS t(a bit(3));
RESET ROLE;
UPDATE pg_cast SET castfunc = 'pg_catalog.bit(bit, int, bool)'::regprocedure WHERE castsource = 'bit'::regtype AND casttarget = 'bit'::regtype;
-- A domain's constraint is checked where the domain is read, cast, built from elements, or NULL.
CREATE FUNCTION is_even(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 0';
CREATE FUNCTION is_short(int[]) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT cardinality($1) < 3';
CREATE DOMAIN even AS int CHECK (is_even(VALUE));
CREATE DOMAIN short AS int[] CHECK (is_short(VALUE));
REVOKE EXECUTE ON FUNCTION is_even, is_short FROM PUBLIC;
SET ROLE converter;
SELECT 2::even;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(2,)]') AS t(a even);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [("2",)]') AS t(a even);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(None,)]') AS t(a even);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[2]]})') AS t(a even[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[2]]})') AS t(a short);
RESET ROLE;
GRANT EXECUTE ON FUNCTION is_even, is_short TO converter;
SET ROLE converter;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(2,)]') AS t(a even);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[2]]})') AS t(a short);
-- Casts of parameters are the query's.
RESET ROLE;
SET ROLE converter;
SELECT t.* FROM (SELECT 20.5::float8 AS t) r,
  execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT (params.t::celsius)::text AS a', r) AS t(a text);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT (params.t::float8::celsius)::text AS a', '{"t": 20.5}'::jsonb) AS t(a text);
RESET ROLE;
SET client_min_messages = warning;
DROP CAST (float8 AS celsius);
DROP FUNCTION owners, to_celsius, cut;
DROP TYPE celsius CASCADE;
DROP DOMAIN even, short;
DROP FUNCTION is_even, is_short;
DROP TABLE called;
DROP TYPE weather;
REVOKE EXECUTE ON FUNCTION execute_external_script FROM converter;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM converter;
DROP ROLE converter;

-- launchpad.python_types: the flavour of a frame's columns. What comes back is the same.
\set SHOW_CONTEXT never
CREATE TABLE flavours (b bool, i2 smallint, i4 int, i8 bigint, o oid, f4 real, f8 float8, t text, y bytea, d date, ts timestamp, tz timestamptz, c time, v interval, a int[]);
INSERT INTO flavours VALUES
    (true, 1, 2, 9007199254740993, 4294967295, 0.5, 1.5, 'x', '\x00', '2024-02-29', '2024-02-29 12:00', '2024-02-29 12:00+00', '12:00', '1 day', '{1,NULL}');
INSERT INTO flavours DEFAULT VALUES;
CREATE FUNCTION dtypes() RETURNS TABLE (c text, t text) LANGUAGE sql AS $$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"c": InputDataSet.columns, "t": [str(t) for t in InputDataSet.dtypes]})', 'TABLE flavours') AS t(c text, t text)
$$;
CREATE FUNCTION flavours_echo() RETURNS SETOF flavours LANGUAGE sql AS $$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE flavours')
    AS t(b bool, i2 smallint, i4 int, i8 bigint, o oid, f4 real, f8 float8, t text, y bytea, d date, ts timestamp, tz timestamptz, c time, v interval, a int[])
$$;
SELECT * FROM dtypes();
SELECT i8 AS lossy FROM flavours_echo() EXCEPT SELECT i8 FROM flavours;
SET launchpad.python_types = 'nullable';
SELECT * FROM dtypes();
TABLE flavours EXCEPT ALL SELECT * FROM flavours_echo();
SELECT * FROM flavours_echo() EXCEPT ALL TABLE flavours;
SET launchpad.python_types = 'pyarrow';
SELECT * FROM dtypes();
TABLE flavours EXCEPT ALL SELECT * FROM flavours_echo();
SELECT * FROM flavours_echo() EXCEPT ALL TABLE flavours;
-- Calculating with them
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(i8=InputDataSet.i8 + 1, t=InputDataSet.t.str.upper())[["i8", "t"]]', 'TABLE flavours') AS t(i8 bigint, t text);
SET launchpad.python_types = 'nullable';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(i8=InputDataSet.i8 + 1, t=InputDataSet.t.str.upper())[["i8", "t"]]', 'TABLE flavours') AS t(i8 bigint, t text);
SET launchpad.python_types = 'polars';
RESET launchpad.python_types;
DROP FUNCTION flavours_echo();
DROP FUNCTION dtypes();
DROP TABLE flavours;

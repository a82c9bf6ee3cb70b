-- Each type of the table, there and back: extremes, NULL, zero rows. Nothing may differ.
CREATE TABLE every_type (
    id int, b bool, i2 smallint, i4 int, i8 bigint, f4 real, f8 float8, t text, v varchar(20), c char(4),
    y bytea, d date, ts timestamp, tz timestamptz);
INSERT INTO every_type VALUES
    (1, true, -32768, -2147483648, -9223372036854775808, '-3.4028235e38', '-1.7976931348623157e308', '', '', '', '', '4713-01-01 BC', '4713-01-01 00:00 BC', '4713-01-02 00:00+00 BC'),
    (2, false, 32767, 2147483647, 9223372036854775807, '1.1754944e-38', '5e-324', E'line\nbreak', 'ä', 'ab', '\x00ff', '9999-12-31', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999+00'),
    (3, true, 0, 0, 0, 'Infinity', '-Infinity', 'snow ☃ 𝄞', '☃', '☃', '\xdeadbeef', '1970-01-01', '1970-01-01', '1970-01-01 00:00+00'),
    (4, false, 1, 1, 1, 0.1, 0.1, 'plain', 'plain', 'c', '\x61', '2000-02-29', '2000-02-29 12:34:56.789012', '2000-02-29 12:34:56.789012+05');
CREATE FUNCTION echo(query text) RETURNS SETOF every_type LANGUAGE sql AS $$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', query)
    AS t(id int, b bool, i2 smallint, i4 int, i8 bigint, f4 real, f8 float8, t text, v varchar(20), c char(4),
         y bytea, d date, ts timestamp, tz timestamptz)
$$;
SELECT * FROM every_type EXCEPT SELECT * FROM echo('TABLE every_type');
SELECT * FROM echo('TABLE every_type') EXCEPT SELECT * FROM every_type;
SET timezone = 'Asia/Kathmandu';
SELECT count(*) FROM (SELECT tz FROM every_type EXCEPT SELECT tz FROM echo('TABLE every_type')) AS lost;
RESET timezone;
-- NULL in every column
INSERT INTO every_type (id) VALUES (5), (6);
DELETE FROM every_type WHERE id IN (1, 2);  -- bigint with NULL is float64, exact to 2^53
SELECT * FROM every_type EXCEPT SELECT * FROM echo('TABLE every_type');
SELECT * FROM echo('TABLE every_type') EXCEPT SELECT * FROM every_type;
SELECT count(*) FROM echo('SELECT * FROM every_type WHERE id IN (5, 6)') WHERE num_nulls(b, i2, i4, i8, f4, f8, t, v, c, y, d, ts, tz) = 13;
SELECT count(*) FROM echo('SELECT * FROM every_type WHERE false');
-- What the script sees
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame({"c": InputDataSet.columns, "t": [str(t) for t in InputDataSet.dtypes],
                                  "v": [type(v).__name__ for v in InputDataSet.iloc[0]]})
$$, 'SELECT * FROM every_type WHERE id = 3') AS t(c text, t text, v text);
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame({"c": InputDataSet.columns, "t": [str(t) for t in InputDataSet.dtypes]})
$$, 'SELECT b, i2, i4, i8, f4 FROM every_type') AS t(c text, t text);
-- ±infinity of dates and times: NULL, with one WARNING per column
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet',
    $$SELECT 'infinity'::date AS d, '-infinity'::timestamp AS ts, 'infinity'::timestamptz AS tz, 1 AS i FROM generate_series(1, 2)$$)
  AS t(d date, ts timestamp, tz timestamptz, i int);
-- numeric as float8, and types without a row of their own through their text
CREATE TYPE mood AS ENUM ('sad', 'ok');
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet',
    $$SELECT 12.5::numeric AS n, 'ok'::mood AS m, '{1,NULL,3}'::int[] AS a, '{"k": 1}'::jsonb AS j, int4range(1, 5) AS r,
             'f47ac10b-58cc-4372-a567-0e02b2c3d479'::uuid AS u, interval '1 mon 2 days' AS iv, '10.0.0.1'::inet AS ip, 4294967295::oid AS o$$)
  AS t(n numeric, m mood, a int[], j jsonb, r int4range, u uuid, iv interval, ip inet, o oid);
DROP TYPE mood;
-- A value of some MB, both ways
SELECT length(t), md5(t) = md5(repeat('ab☃', 1000000)) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet',
    $$SELECT repeat('ab☃', 1000000) AS t$$) AS t(t text);
SELECT length(y) FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"y": [bytes(5000000)]})') AS t(y bytea);
DROP FUNCTION echo(text);
DROP TABLE every_type;
-- NULL in any of many columns, there and back
CREATE VIEW holes AS
  SELECT i::float8 AS a, CASE WHEN i % 2 > 0 THEN i * 2.5::float8 END AS b, CASE WHEN i % 3 > 0 THEN 't' || i END AS c,
         CASE WHEN i % 5 > 0 THEN i::float4 END AS d, CASE WHEN i % 7 > 0 THEN -i::float8 END AS e, CASE WHEN i % 11 > 0 THEN date '2000-01-01' + i END AS f,
         CASE WHEN i % 13 > 0 THEN timestamp '2000-01-01' + i * interval '1 minute' END AS g, CASE WHEN i % 17 > 0 THEN repeat('x', i) END AS h,
         CASE WHEN i % 4 = 0 THEN i::float8 END AS k, CASE WHEN i % 6 = 0 THEN i::float8 END AS l
    FROM generate_series(1, 400) AS i;
CREATE TABLE came AS
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT * FROM holes')
    AS t(a float8, b float8, c text, d float4, e float8, f date, g timestamp, h text, k float8, l float8);
CREATE TABLE came_by_r AS
  SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet', 'SELECT * FROM holes')
    AS t(a float8, b float8, c text, d float4, e float8, f date, g timestamp, h text, k float8, l float8);
SELECT count(*), count(b), count(c), count(d), count(e), count(f), count(g), count(h), count(k), count(l) FROM came;
SELECT 'Python' AS language, count(*) FROM (TABLE holes EXCEPT TABLE came) AS different
UNION ALL SELECT 'R', count(*) FROM (TABLE holes EXCEPT TABLE came_by_r) AS different;
DROP TABLE came, came_by_r;
DROP VIEW holes;

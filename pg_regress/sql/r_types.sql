-- Each type of the table, there and back through R: extremes, NULL, zero rows. Nothing may differ.
CREATE TABLE r_every_type (
    id int, b bool, i2 smallint, i4 int, i8 bigint, o oid, f4 real, f8 float8, t text, v varchar(20), c char(4),
    y bytea, d date, ts timestamp, tz timestamptz, tm time, iv interval);
INSERT INTO r_every_type VALUES
    (1, true, -32768, -2147483647, -9007199254740992, 0, '-3.4028235e38', '-1.7976931348623157e308', '', '', '', '', '4713-01-01 BC', '1700-01-01', '1700-01-01 00:00+00', '00:00', '-1 years -2 mons 3 days -04:05:06.789'),
    (2, false, 32767, 2147483647, 9007199254740992, 4294967295, '1.1754944e-38', '5e-324', E'line\nbreak', 'ä', 'ab', '\x00ff', '9999-12-31', '2200-12-31 23:59:59.999999', '2200-12-31 23:59:59.999999+00', '23:59:59.999999', '178000000 years'),
    (3, true, 0, 0, 0, 1, 'Infinity', '-Infinity', 'snow ☃ 𝄞', '☃', '☃', '\xdeadbeef', '1970-01-01', '1970-01-01', '1970-01-01 00:00+00', '12:30', '0'),
    (4, false, 1, 1, 1, 2, 0.1, 0.1, 'plain', 'plain', 'c', '\x61', '2000-02-29', '2000-02-29 12:34:56.789012', '2000-02-29 12:34:56.789012+05', '01:02:03.000004', '1 day 00:00:00.000001');
INSERT INTO r_every_type (id) VALUES (5), (6);
CREATE FUNCTION r_echo(query text) RETURNS SETOF r_every_type LANGUAGE sql AS $$
  SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet', query)
    AS t(id int, b bool, i2 smallint, i4 int, i8 bigint, o oid, f4 real, f8 float8, t text, v varchar(20), c char(4),
         y bytea, d date, ts timestamp, tz timestamptz, tm time, iv interval)
$$;
SELECT * FROM r_every_type EXCEPT ALL SELECT * FROM r_echo('TABLE r_every_type');
SELECT * FROM r_echo('TABLE r_every_type') EXCEPT ALL SELECT * FROM r_every_type;
SET timezone = 'Asia/Kathmandu';
SELECT count(*) FROM (SELECT ts, tz, d FROM r_every_type EXCEPT SELECT ts, tz, d FROM r_echo('TABLE r_every_type')) AS lost;
RESET timezone;
SELECT count(*) FROM r_echo('SELECT * FROM r_every_type WHERE id = 5')
  WHERE num_nulls(b, i2, i4, i8, o, f4, f8, t, v, c, y, d, ts, tz, tm, iv) = 16;
SELECT count(*) FROM r_echo('SELECT * FROM r_every_type WHERE false');
-- What the script sees, NA of the right kind included
CREATE FUNCTION r_sees(query text) RETURNS TABLE (name text, class text, type text, value text) LANGUAGE sql AS $$
  SELECT * FROM execute_external_script('R', '
OutputDataSet <- data.frame(
  names(InputDataSet),
  vapply(InputDataSet, function(x) paste(class(x), collapse = " "), ""),
  vapply(InputDataSet, typeof, ""),
  vapply(InputDataSet, function(x) paste(format(x), collapse = "|"), "")
)', query) AS t(name text, class text, type text, value text)
$$;
SELECT * FROM r_sees('SELECT * FROM r_every_type WHERE id = 4');
SELECT * FROM r_sees('SELECT * FROM r_every_type WHERE id = 5');
SELECT name, class, value FROM r_sees('SELECT * FROM r_every_type WHERE false');
-- An integer that R would take for NA makes its column numeric.
SELECT class, type, value FROM r_sees('SELECT (-2147483648)::int AS i UNION ALL SELECT NULL');
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet', 'SELECT (-2147483648)::int AS i') AS t(i int);
-- A date's NULL and infinity
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
    $$SELECT 'infinity'::date AS d, '-infinity'::timestamp AS ts, 'infinity'::timestamptz AS tz, 1 AS i FROM generate_series(1, 2)$$)
  AS t(d date, ts timestamp, tz timestamptz, i int);
-- NaN is a number of R's and NULL for PostgreSQL.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(InputDataSet, is.nan(InputDataSet$f), is.na(InputDataSet$f))',
    $$SELECT unnest(ARRAY['NaN', NULL, 1]::float8[]) AS f$$) AS t(f float8, nan bool, na bool);
-- numeric, in each mode
SET launchpad.numeric = float8;
SELECT class, value FROM r_sees('SELECT 12.5::numeric(10,2) AS n');
SET launchpad.numeric = decimal;
SELECT class, value FROM r_sees('SELECT 1234567890123456789012345678.50::numeric(40,2) AS n, -0.01::numeric(3,2) AS m, 5.0 AS bare');
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
    'SELECT 1234567890123456789012345678.50::numeric(40,2) AS n, NULL::numeric(40,2) AS m') AS t(n numeric, m numeric);
SET launchpad.numeric = text;
SELECT class, value FROM r_sees('SELECT 12.50 AS n');
RESET launchpad.numeric;
-- Types without a row of their own go through their text.
CREATE TYPE r_mood AS ENUM ('sad', 'ok');
SELECT name, class, value FROM r_sees($q$SELECT 'ok'::r_mood AS m, '{"k": 1}'::jsonb AS j, int4range(1, 5) AS r,
    'f47ac10b-58cc-4372-a567-0e02b2c3d479'::uuid AS u, '10.0.0.1'::inet AS ip$q$);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
    $$SELECT 12.5::numeric AS n, 'ok'::r_mood AS m, '{"k": 1}'::jsonb AS j, int4range(1, 5) AS r,
             'f47ac10b-58cc-4372-a567-0e02b2c3d479'::uuid AS u, '10.0.0.1'::inet AS ip$$)
  AS t(n numeric, m r_mood, j jsonb, r int4range, u uuid, ip inet);
-- Arrays are lists of vectors, composites data frames.
CREATE TYPE r_pair AS (n int, t text);
SELECT name, class, type FROM r_sees($$SELECT '{1,NULL,3}'::int[] AS a, ROW(1, 'x')::r_pair AS p, ARRAY[ROW(1, 'x')]::r_pair[] AS ps, '{}'::text[] AS e$$);
SELECT * FROM execute_external_script('R', 'str(as.list(InputDataSet)); OutputDataSet <- InputDataSet',
    $$SELECT * FROM (VALUES ('{1,NULL,3}'::int[], ROW(1, 'x')::r_pair, ARRAY[ROW(1, 'x'), ROW(2, NULL)]::r_pair[], '{}'::text[], '{2000-02-29,NULL}'::date[], '{t,f}'::bool[], '{0.5}'::float8[], ARRAY['\x01'::bytea]),
                            (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) AS v(a, p, ps, t, d, b, f, y)$$)
  AS t(a int[], p r_pair, ps r_pair[], t text[], d date[], b bool[], f float8[], y bytea[]);
-- A value of some MB, both ways
SELECT length(t), md5(t) = md5(repeat('ab☃', 1000000)) FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
    $$SELECT repeat('ab☃', 1000000) AS t$$) AS t(t text);
SELECT length(y) FROM execute_external_script('R', 'OutputDataSet <- raw(5000000)') AS t(y bytea);
-- More than one batch
SELECT count(*), sum(g), count(DISTINCT t) FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
    $$SELECT g, 'text ' || g AS t FROM generate_series(1, 200000) AS g$$) AS t(g int, t text);
DROP FUNCTION r_echo, r_sees;
DROP TABLE r_every_type;
DROP TYPE r_mood, r_pair;

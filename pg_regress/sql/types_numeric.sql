-- numeric by launchpad.numeric, there and back.
\set SHOW_CONTEXT never
CREATE FUNCTION numeric_echo(query text) RETURNS TABLE (n numeric, kind text) LANGUAGE sql AS $$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(k=[type(v).__name__ for v in InputDataSet.n])', query)
    AS t(n numeric, kind text)
$$;
-- As double precision, by default
SELECT * FROM numeric_echo('SELECT n FROM (VALUES (12.50), (NULL), (-1e20), (0.1)) AS v(n)');
-- Exact decimals where the declared precision fits one; else text
SET launchpad.numeric = 'decimal';
SELECT * FROM numeric_echo('SELECT n::numeric(10,2) AS n FROM (VALUES (12.50), (NULL), (-99999999.99), (0)) AS v(n)');
SELECT * FROM numeric_echo('SELECT 99999999999999999999999999999999999999::numeric(38) AS n');
SELECT * FROM numeric_echo('SELECT (-0.00000000000000000000000000000000000001)::numeric(38,38) AS n');
SELECT * FROM numeric_echo('SELECT (repeat(''9'', 36) || ''.'' || repeat(''9'', 40))::numeric(76,40) AS n');
SELECT * FROM numeric_echo('SELECT 12345678::numeric(5,-3) AS n');
SELECT * FROM numeric_echo('SELECT 0.00099::numeric(2,5) AS n');
SELECT * FROM numeric_echo('SELECT 1.5::numeric(77,2) AS n');
SELECT * FROM numeric_echo('SELECT n FROM (VALUES (12345678901234567890123456789012345678901234567890.5), (''NaN''), (''-Infinity'')) AS v(n)');
-- What no decimal holds becomes NULL, with one WARNING.
SELECT * FROM numeric_echo('SELECT ''NaN''::numeric(5,1) AS n FROM generate_series(1, 2)');
-- Without a declared precision each value has its own scale; they add up.
SELECT * FROM numeric_echo('SELECT n FROM (VALUES (1.10), (2.5), (1e30), (NULL), (-7.000)) AS v(n)');
SELECT * FROM execute_external_script('Python', $$
import decimal
OutputDataSet = [(InputDataSet.n.sum(), type(InputDataSet.n[0]).__name__, repr(InputDataSet.a[0]), repr(InputDataSet.r[0]), repr(k), repr(l))]
$$, $$SELECT n, ARRAY[[n, 1]] AS a, ROW(n, 'x') AS r FROM (VALUES (1.10), (2.5), (99999999999999999999999999)) AS v(n)$$,
  params => (SELECT p FROM (SELECT 1.50::numeric AS k, '{2.0,NULL}'::numeric[] AS l) AS p)) AS t(n numeric, kind text, a text, r text, k text, l text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(k = class(InputDataSet$n), n = InputDataSet$n)', 'SELECT 1.10 AS n') AS t(k text, n numeric);
SET launchpad.python_types = 'pyarrow';
SELECT * FROM numeric_echo('SELECT n FROM (VALUES (1.10), (2.5)) AS v(n)');
RESET launchpad.python_types;
SELECT sum(n), count(*) FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT g / 8.0 AS n, g FROM generate_series(1, 100000) AS g') AS t(n numeric, g int);
SELECT sum(g / 8.0) FROM generate_series(1, 100000) AS g;
-- As text, always
SET launchpad.numeric = 'text';
SELECT * FROM numeric_echo('SELECT n FROM (VALUES (12.50::numeric(10,2)), (NULL), (''NaN'')) AS v(n)');
-- As a parameter
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(repr(k),)]', params => (SELECT p FROM (SELECT 1.50::numeric(5,2) AS k) AS p)) AS t(k text);
SET launchpad.numeric = 'decimal';
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(repr(k),)]', params => (SELECT p FROM (SELECT 1.50::numeric(5,2) AS k) AS p)) AS t(k text);
RESET launchpad.numeric;
-- Numbers of Python come back exactly, whatever the setting, cast to the declared type.
SELECT * FROM execute_external_script('Python', $$
from decimal import Decimal
OutputDataSet = pandas.DataFrame({"a": [Decimal("1.005"), None], "b": [Decimal("1e60"), Decimal("1e-10")], "c": [Decimal("2.5"), Decimal("NaN")],
                                  "d": [Decimal("Infinity"), Decimal("1.5")], "e": [2**70, -1], "f": [Decimal("3"), 4]})
$$) AS t(a numeric(5,2), b numeric, c int, d numeric, e numeric, f float8);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": numpy.array([2**64 - 1], "uint64"), "b": [2**53 + 1], "c": numpy.array([1.5], "float16")})')
  AS t(a numeric, b numeric, c real);
SELECT * FROM execute_external_script('Python', 'from decimal import Decimal; OutputDataSet = pandas.DataFrame({"a": [Decimal(1), Decimal("123456.789")]})') AS t(a numeric(5,2));
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": numpy.array([1, 2**64 - 1], "uint64")})') AS t(a bigint);
\echo :SQLSTATE
-- Decimals that scripts make keep their scales, too.
SELECT * FROM execute_external_script('Python', $$
from decimal import Decimal
OutputDataSet = pandas.DataFrame({"n": [Decimal("1.10"), Decimal("2.5"), None], "t": [Decimal("1.10"), 2, None], "f": [Decimal("1.10"), Decimal("2.5"), 1.5],
    "i": [Decimal("1.0"), Decimal("2"), None], "a": [[Decimal("1.10"), Decimal(3)], [], None], "d": [Decimal("1.105"), Decimal("2.5"), Decimal("1E+2")]})
$$) AS t(n numeric, t text, f float8, i int, a numeric[], d numeric(5,2));
DROP FUNCTION numeric_echo(text);

-- as double precision: what PostgreSQL's cast makes of it, however many digits there are
CREATE VIEW many_numerics AS
  SELECT i, sign * (i * 7919::numeric % 1000003) * digits * ('1e' || scale)::numeric AS n
    FROM generate_series(1, 400) AS i, unnest(ARRAY[1, -1]) AS sign,
         unnest(ARRAY[1, 1000003, 10000000000000061, 99999999999999999999]) AS digits,
         unnest(ARRAY[-30, -20, -5, 0, 2, 7, 19, 21, 23, 40]) AS scale
  UNION ALL SELECT 0, unnest('{NaN,Infinity,-Infinity,0,9007199254740992,9007199254740993,0.1}'::numeric[]);
SELECT count(*), count(*) FILTER (WHERE came IS DISTINCT FROM cast_by_sql) AS different
  FROM execute_external_script('Python', 'OutputDataSet = InputDataSet',
    'SELECT n, n::float8 AS cast_by_sql FROM many_numerics') AS t(came float8, cast_by_sql float8);
-- and back: the number that a double's text is, digit for digit
CREATE VIEW many_doubles AS
  SELECT sign * (i * 7919 % 1000003) * factor * ('1e' || scale)::float8 AS f
    FROM generate_series(1, 400) AS i, unnest(ARRAY[1, -1]) AS sign, unnest(ARRAY[1, 1 / 3.0::float8, 1.0625, 1e9]) AS factor,
         unnest(ARRAY[-300, -60, -20, -5, -2, 0, 2, 7, 15]) AS scale
  UNION ALL SELECT 100000000000000 + k + 0.5 FROM generate_series(1, 20) AS k
  UNION ALL SELECT unnest('{NaN,0,-0,9007199254740993,0.1,999999999999999.5,1e22,1e254,1e-250}'::float8[]);
SELECT count(*), count(*) FILTER (WHERE n::text IS DISTINCT FROM nullif(f, 'NaN')::text::numeric::text) AS different
  FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT f, f AS n FROM many_doubles')
    AS t(f float8, n numeric);
SELECT count(*), count(*) FILTER (WHERE n::text IS DISTINCT FROM f::text::numeric(30,3)::text) AS different
  FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT f, f AS n FROM many_doubles WHERE abs(f) < 1e26')
    AS t(f float8, n numeric(30,3));
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1.005, 99.994)]') AS t(a numeric(3,2), b numeric(4,2));
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(99.995,)]') AS t(b numeric(4,2));

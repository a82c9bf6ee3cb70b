-- Floats returned for numeric: the shortest digits that read back as the same float, then the declared precision.
\set SHOW_CONTEXT never
-- Identity
SELECT n, r = n AS same FROM (SELECT 98765432101234.56::numeric(18,2) AS n) s, LATERAL execute_external_script('Python',
  'OutputDataSet = InputDataSet', format('SELECT %L::numeric(18,2) AS n', n)) AS t(r numeric(18,2));
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
  'SELECT 98765432101234.56::numeric(18,2) AS n, 0.07::numeric AS m') AS t(n numeric(18,2), m numeric);
-- Doubles
SELECT * FROM execute_external_script('Python', $$
x = [1234567890123456, 0.1 + 0.2, 1e22, 1e23, 1e-7, 123456789012345678.0, 2.0 ** 53, -0.0, float("inf"), -float("inf"), float("nan")]
OutputDataSet = pandas.DataFrame({"n": x, "m": x})
OutputDataSet["n"] = OutputDataSet["n"].astype("float64")
OutputDataSet["m"] = OutputDataSet["n"].abs().where(OutputDataSet["n"].abs() < 1e16)
$$) AS t(n numeric, m numeric(18,2));
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(n = c(1234567890123456, 0.1 + 0.2, 1e22, 1e-7, NaN, NA, Inf, -Inf))') AS t(n numeric);
SELECT large = 1.7976931348623157e308 AS large, small = 5e-324 AS small, large::float8 = 1.7976931348623157e308 AS same
FROM execute_external_script('Python', 'OutputDataSet = [(1.7976931348623157e308, 5e-324)]') AS t(large numeric, small numeric);
-- Reals
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame({"n": numpy.array([0.1, 16777216, 1234567.9, 3.4028235e38, 1e-45, -2.5], "float32")})
$$) AS t(n numeric);
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame({"n": numpy.array([0.1, 1234567.9, 2.675, -0.004], "float32")})
$$) AS t(n numeric(12,2));
-- The declared precision rounds the digits, half away from zero
SELECT * FROM execute_external_script('Python', $$
x = [2.675, -2.675, 1.005, 0.004999999999999999, -0.004, 9.995, 0.1 + 0.2]
OutputDataSet = pandas.DataFrame({"a": x, "b": x, "c": [1000 * i for i in x], "d": [i / 10000 for i in x]})
$$) AS t(a numeric(10,2), b numeric(10,0), c numeric(3,-2), d numeric(2,4));
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1.5,), (99.995,)]') AS t(n numeric(4,2));
SELECT * FROM execute_external_script('R', 'OutputDataSet <- c(1.5, Inf)') AS t(n numeric(4,2));
-- Whatever the session shows floats with
SET extra_float_digits = -15;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(98765432101234.56,)]') AS t(n numeric);
-- Domains, arrays, composites
CREATE DOMAIN amount AS numeric(18,2) CHECK (VALUE < 1e15);
CREATE TYPE booking AS (a numeric(18,2), b numeric, c amount);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(98765432101234.56,)]') AS t(n amount);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- 98765432101234.56') AS t(n amount);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1e16,)]') AS t(n amount);
SELECT * FROM execute_external_script('Python', $$
x = 98765432101234.56
OutputDataSet = pandas.DataFrame({"a": [[x, None, 0.1 + 0.2]], "b": [[x, 2.675]], "c": [{"a": x, "b": x, "c": x}]})
$$) AS t(a numeric[], b numeric(18,2)[], c booking);
RESET extra_float_digits;
-- Against PostgreSQL's own digits
SELECT count(*), bool_and(n = f::text::numeric) AS same, bool_and(n::float8 = f) AS back, bool_and(scale(n) = scale(f::text::numeric)) AS scale
FROM execute_external_script('Python', $$
rng = numpy.random.default_rng(1)
x = numpy.concatenate([rng.standard_normal(20000) * 10.0 ** rng.integers(-20, 20, 20000), rng.integers(0, 10 ** 9, 20000) / 100])
OutputDataSet = pandas.DataFrame({"f": x, "n": x})
$$) AS t(f float8, n numeric);
SELECT count(*), bool_and(n = f::text::numeric) AS same, bool_and(n::float4 = f) AS back FROM execute_external_script('Python', $$
rng = numpy.random.default_rng(2)
x = (rng.standard_normal(20000) * 10.0 ** rng.integers(-20, 20, 20000)).astype("float32")
OutputDataSet = pandas.DataFrame({"f": x, "n": x})
$$) AS t(f float4, n numeric);
SELECT count(*), bool_and(n = f::text::numeric(30,3)) AS same FROM execute_external_script('Python', $$
x = numpy.random.default_rng(3).standard_normal(40000) * 1e6
OutputDataSet = pandas.DataFrame({"f": x, "n": x})
$$) AS t(f float8, n numeric(30,3));
-- The procedure's cursor has doubles
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = [(98765432101234.56, 0.1 + 0.2)]', result => 'c');
FETCH ALL FROM c;
COMMIT;
DROP TYPE booking;
DROP DOMAIN amount;

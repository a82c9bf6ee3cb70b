-- Numbers returned for boolean, booleans for numbers.
\set SHOW_CONTEXT never
SELECT * FROM execute_external_script('Python', $$
n = numpy.array([0, 1, 1])
OutputDataSet = pandas.DataFrame({"a": n, "b": n.astype("int8"), "c": n.astype("uint64"), "d": n.astype("float32"), "e": [0.0, 1.0, None], "f": [True, False, True]})
$$) AS t(a boolean, b boolean, c boolean, d boolean, e boolean, f boolean);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = c(0L, 1L, NA), b = c(1, 0, NaN), c = c(TRUE, NA, FALSE))') AS t(a boolean, b boolean, c boolean);
SELECT * FROM execute_external_script('Python', 'from decimal import Decimal; OutputDataSet = [(Decimal("1.00"),), (Decimal("0.00"),)]') AS t(a boolean);
-- Anything else
\set VERBOSITY verbose
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(0,), (2,)]') AS t(a boolean);
\set VERBOSITY default
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(0.5,)]') AS t(a boolean);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- c(1, -1)') AS t(a boolean);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(float("inf"),)]') AS t(a boolean);
-- Booleans for numbers
SELECT * FROM execute_external_script('Python', $$
b = [True, False]
OutputDataSet = pandas.DataFrame({c: b for c in "abcdefgh"})
$$) AS t(a smallint, b integer, c bigint, d real, e float8, f numeric, g numeric(4,2), h text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = c(TRUE, NA), b = c(FALSE, TRUE), c = c(TRUE, FALSE))') AS t(a integer, b numeric(3,1), c float8);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(False,), (True,)]') AS t(a numeric(2,2));
-- Domains, arrays, composites
CREATE DOMAIN yes AS boolean CHECK (VALUE);
CREATE DOMAIN small AS integer CHECK (VALUE < 1);
CREATE TYPE answer AS (b boolean, i smallint, n numeric(3,1));
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1, False)]') AS t(a yes, b small);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(0,)]') AS t(a yes);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(True,)]') AS t(a small);
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame({"a": [[0, 1, None]], "b": [[1.0, 0.0]], "c": [[True, False]], "d": [{"b": 1, "i": True, "n": False}]})
$$) AS t(a boolean[], b boolean[], c numeric[], d answer);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = I(list(c(0L, 1L))), b = I(list(c(TRUE, NA))))') AS t(a boolean[], b bigint[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [[1, 0], [1, 7]]})') AS t(a boolean[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"d": [{"b": 3, "i": True, "n": False}]})') AS t(d answer);
DROP TYPE answer;
DROP DOMAIN yes, small;

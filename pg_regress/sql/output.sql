-- What a script may return, and how it becomes the declared columns.
\set SHOW_CONTEXT never
-- By position, not by name; the index is never returned.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"x": [1], "y": ["a"]}, index=["i"])') AS t(y int, x text);
-- Other kinds
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.Series([1, 2])') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"a": [1, 2], "b": ["x", None]}') AS t(a int, b text);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(1, "x"), (2, "y")]') AS t(a int, b text);
SELECT * FROM execute_external_script('Python', 'import pyarrow; OutputDataSet = pyarrow.table({"a": [1, None]})') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": pandas.Categorical(["x", "y", "x"])})') AS t(a text);
-- Labels that are no text, and the same label twice
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame([[1, 2]])') AS t(a int, b int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame([[1, 2]], columns=["a", "a"])') AS t(a int, b int);
-- The input, changed in place
SELECT * FROM execute_external_script('Python', 'data["a"] += 1', 'SELECT 1 AS a', input_data_1_name => 'data', output_data_1_name => 'data') AS t(a int);
-- Every way to say NULL
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame({
    "f": [1.5, float("nan")], "o": ["x", None], "t": [pandas.Timestamp("2020-01-02"), pandas.NaT],
    "n": pandas.array([1, pandas.NA], dtype="Int64"), "b": pandas.array([True, None], dtype="boolean")})
$$) AS t(f float8, o text, t timestamp, n int, b bool);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [None, None]})') AS t(a date);
-- Infinity is a number.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [float("inf"), float("-inf")]})') AS t(a float8);
-- The declared type wins, by PostgreSQL's casts.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1], "b": [2.5], "c": [3.5], "d": [7], "e": ["2020-02-29"], "f": ["12.345"]})')
  AS t(a float8, b int, c int, d text, e date, f numeric(6,2));
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": ["abc"], "b": ["ab"], "c": ["{1,2}"]})') AS t(a varchar(3), b char(4), c int[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [pandas.Timestamp("2020-01-02 03:04:05.123456789")]})') AS t(a timestamp(3));
-- What does not fit names column, row and value.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1, 70000]})') AS t(a smallint);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": ["1", "one"]})') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": ["abcd"]})') AS t(a varchar(3));
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": ["a\0b"]})') AS t(a text);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [True]})') AS t(a date);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'import numpy; OutputDataSet = pandas.DataFrame({"a": numpy.array([-10**6], dtype="datetime64[Y]").astype("datetime64[s]")})') AS t(a timestamp);
\echo :SQLSTATE
CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1]})') AS t(a positive);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [-1]})') AS t(a positive);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [None]}, dtype="object")') AS t(a positive);
DROP DOMAIN positive;
-- What is no table, or not the declared one
SELECT * FROM execute_external_script('Python', 'OutputDataSet = 5') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1, "x"]})') AS t(a text);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1], "b": [2]})') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1j]})') AS t(a int);
-- More than the budget
SET launchpad.max_result_size = '1MB';
SELECT count(*) FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": ["x" * 1000] * 2000})') AS t(a text);
RESET launchpad.max_result_size;

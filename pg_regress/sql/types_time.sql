-- time and interval, there and back; what has a time zone in any session.
\set SHOW_CONTEXT never
SET intervalstyle = 'postgres';
CREATE TABLE times (id int, t time, z timetz, v interval);
INSERT INTO times VALUES
    (1, '00:00', '00:00+14', '0'), (2, '23:59:59.999999', '23:59:59.999999-12', '-178000000 years'), (3, NULL, NULL, NULL),
    (4, '12:34:56', '12:34:56+05:30', '1 year -2 mons 3 days -04:05:06.000007'), (5, '12:00', '12:00', '2562047 hours');
SELECT t.* FROM times AS t EXCEPT ALL
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE times') AS t(id int, t time, z timetz, v interval);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE times') AS t(id int, t time, z timetz, v interval)
  EXCEPT ALL SELECT t.* FROM times AS t;
-- What a script sees: timedeltas to calculate with, unless one has months
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = InputDataSet.assign(k=str(InputDataSet.v.dtype), w=InputDataSet.v * 2)[["v", "w", "k"]]
$$, $$SELECT v::interval FROM (VALUES ('1 day 02:00'), (NULL), ('-00:00:00.000001')) AS v(v)$$) AS t(v interval, w interval, k text);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(k=[type(v).__name__ for v in InputDataSet.v])',
    $$SELECT v::interval FROM (VALUES ('1 mon'), ('300000000 days')) AS v(v)$$) AS t(v interval, k text);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [(repr(t), repr(v), repr(m))]',
    params => (SELECT p FROM (SELECT time '12:00' AS t, interval '1 day' AS v, interval '1 mon' AS m) AS p)) AS t(t text, v text, m text);
-- What scripts make themselves
SELECT * FROM execute_external_script('Python', $$
import datetime
OutputDataSet = pandas.DataFrame({"t": [datetime.time(1, 2, 3, 4), None], "d": [datetime.timedelta(days=-1, seconds=1), pandas.NaT],
                                  "o": [pandas.DateOffset(months=1, days=2), None], "n": pandas.to_timedelta([1999, None], unit="ns")})
$$) AS t(t time, d interval, o interval, n interval);
SELECT * FROM execute_external_script('Python', 'import datetime; OutputDataSet = pandas.DataFrame({"t": [datetime.time(23, 59, 59, 999999)], "v": [datetime.timedelta(seconds=1.6)]})')
  AS t(t time(0), v interval second(0));
-- What Arrow cannot hold becomes NULL.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', $$SELECT '24:00'::time AS t, interval '2600000 hours' AS v$$) AS t(t time, v interval);
-- Out of range
SELECT * FROM execute_external_script('Python', 'import pyarrow; OutputDataSet = pyarrow.table({"t": pyarrow.array([0, -1], pyarrow.int64()).cast(pyarrow.time64("us"))})') AS t(t time);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [5]})') AS t(a time);
\echo :SQLSTATE
-- A time without zone is the session's; one with a zone is a moment.
SET timezone = 'America/New_York';
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame({"a": [pandas.Timestamp("2024-07-01 12:00", tz="UTC")], "b": [pandas.Timestamp("2024-07-01 12:00")],
                                  "c": [[pandas.Timestamp("2024-07-01 12:00", tz="Europe/Berlin"), pandas.NaT]]})
$$) AS t(a timestamptz, b timestamptz, c timestamptz[]);
RESET timezone;
DROP TABLE times;

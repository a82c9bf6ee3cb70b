-- What scripts return beside plain frames: each value keeps its meaning, or an error names its type.
\set SHOW_CONTEXT never
SET timezone = 'America/New_York';
-- Moments with and without a zone in one column, in any order
SELECT * FROM execute_external_script('Python', $$
import datetime
wall = datetime.datetime(2024, 1, 1, 12)
zoned = wall.replace(tzinfo=datetime.timezone.utc)
OutputDataSet = [(wall, [wall, zoned]), (zoned, [zoned, None]), (None, None)]
$$) AS t(a timestamptz, b timestamptz[]);
SELECT * FROM execute_external_script('Python', $$
import datetime
wall = datetime.datetime(2024, 1, 1, 2)
zoned = wall.replace(tzinfo=datetime.timezone.utc)
OutputDataSet = [(one, one, one, one) for one in (zoned, wall)]
$$) AS t(a timestamp, b date, c time, d text);
-- An hour that there is twice, and one that there is not, as PostgreSQL reads them
SELECT a, a = b AS same FROM execute_external_script('Python', $$
import datetime
zoned = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
walls = [datetime.datetime(2024, 11, 3, 1, 30), datetime.datetime(2024, 3, 10, 2, 30)]
OutputDataSet = [(wall, str(wall)) for wall in walls] + [(zoned, str(zoned))]
$$) AS t(a timestamptz, b timestamptz);
-- Times with an offset
SELECT * FROM execute_external_script('Python', $$
from datetime import *
two = time(12, tzinfo=timezone(timedelta(hours=2)))
OutputDataSet = [(two, two, two), (time(1), time(1), time(1))]
$$) AS t(a timetz, b time, c text);
-- The script's clock is the session's
SELECT a, b, c - now() < '1 minute' AND now() - c < '1 minute' AS is_now FROM execute_external_script('Python', $$
import datetime, os, time
OutputDataSet = [(os.environ["TZ"], datetime.datetime(2024, 7, 1).astimezone().utcoffset(), datetime.datetime.now())]
$$) AS t(a text, b interval, c timestamptz);
SELECT a, b, c - now() < '1 minute' AND now() - c < '1 minute' AS is_now FROM execute_external_script('R', $$
OutputDataSet <- data.frame(Sys.getenv("TZ"), format(as.POSIXct("2024-07-01"), "%z"), Sys.time())
$$) AS t(a text, b text, c timestamptz);
-- R's moments are the clock that R prints, where no zone is declared
SELECT * FROM execute_external_script('R', $$
here <- as.POSIXct("2024-01-01 22:30:00")
tokyo <- as.POSIXct("2024-01-01 22:30:00", tz = "Asia/Tokyo")
utc <- as.POSIXct("2024-01-01 22:30:00.25", tz = "UTC")
OutputDataSet <- do.call(rbind, lapply(list(here, tokyo, utc, NA), function(x) {
  data.frame(a = format(x), b = I(list(x)))
}))
$$) AS t(a text, b timestamp);
SELECT * FROM execute_external_script('R', $$
here <- as.POSIXct("2024-01-01 22:30:00")
tokyo <- as.POSIXct("2024-01-01 22:30:00.25", tz = "Asia/Tokyo")
OutputDataSet <- data.frame(a = here, b = here, c = here, d = here, e = tokyo, f = tokyo, g = tokyo, h = tokyo)
$$) AS t(a timestamp, b date, c time, d timestamptz, e timestamp, f date, g time, h timestamptz);
SELECT a = b AS same, c = d AS same FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
  $$SELECT '2024-03-10 02:30'::timestamp AS a, '2024-03-10 02:30' AS b, '2024-11-03 05:30Z'::timestamptz AS c, '2024-11-03 05:30Z' AS d$$)
  AS t(a timestamp, b timestamp, c timestamptz, d timestamptz);
SET timezone = '<+03>-03';
SELECT * FROM execute_external_script('Python', $$
import time
OutputDataSet = time.tzname[0]
$$) AS t(a text);
SELECT * FROM execute_external_script('R', $$OutputDataSet <- format(Sys.time(), "%Z")$$) AS t(a text);
RESET timezone;
-- Not what it is stored as
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = {"p": pd.period_range("2024-01", periods=2, freq="M").array,
                 "i": pd.interval_range(0, 2), "c": pd.cut([0.5, 1.5], [0, 1, 2])}
$$) AS t(p text, i text, c text);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = np.array([1j])') AS t(a text);
SELECT * FROM execute_external_script('Python', 'import pathlib; OutputDataSet = [(pathlib.Path("x"),)]') AS t(a text);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"a": [1, "x"]}') AS t(a text);
-- What has no JSON of its own, in a column and as a parameter by the same rule
\set odd '{"n": float("nan"), "i": [np.inf, None], "s": {1}, "b": b"ab", "d": decimal.Decimal("1.50"), "v": pd.Series([1.5, None]), np.int64(3): datetime.date(2024, 1, 1), "p": pd.Period("2024-01")}'
SELECT format('import datetime, decimal; p = %s; OutputDataSet = [(p,)]', :'odd') AS script \gset
SELECT * FROM execute_external_script('Python', :'script') AS t(a jsonb);
CALL sp_execute_external_script('Python', :'script', params => '{"p": 1}', result => NULL);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [({"a": pandas},)]') AS t(a jsonb);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [({(1, 2): 3},)]') AS t(a jsonb);
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = pd.DataFrame({"x": [1.5, None], "y": ["a", None]}).assign(d=lambda f: f.to_dict("records"))[["d"]]
$$) AS t(a jsonb);
SELECT * FROM execute_external_script('Python', $$
import pyarrow as pa
pairs = pa.array([[("k", 1)], None], pa.map_(pa.utf8(), pa.int32()))
OutputDataSet = pa.table({"s": [{"a": 1}, None], "l": [[1, None], None], "m": pairs})
$$) AS t(s jsonb, l jsonb, m jsonb);
-- No rows and no columns
SELECT * FROM execute_external_script('Python', 'OutputDataSet = []') AS t(a int, b date[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {}') AS t(a int, b date[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pd.DataFrame([])') AS t(a int, b date[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = np.array([])') AS t(a int, b date[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pd.DataFrame(index=[1, 2])') AS t(a int, b date[]);
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = []', result => 'nothing');
FETCH ALL FROM nothing;
ROLLBACK;
-- Nothing but missing values fits every type.
CREATE TYPE two AS (a int, b date);
SELECT * FROM execute_external_script('Python', $$
floats = np.array([np.nan] * 2)
OutputDataSet = pd.DataFrame({0: floats, 1: floats, 2: floats, 3: pd.array([None] * 2, "Int64"), 4: [None] * 2,
                              5: pd.Series([None] * 2, dtype="category"), 6: pd.to_datetime([None] * 2)})
$$) AS t(a date, b int[], c two, d bytea, e jsonb, f uuid, g boolean);
-- Arrays and values
SELECT * FROM execute_external_script('Python', 'OutputDataSet = np.arange(2)') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = np.arange(4.0).reshape(2, 2)') AS t(a int, b float8);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = np.arange(4.0).reshape(2, 2)') AS t(a float8[]);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"a": np.ones((2, 1)), "b": [1, 2]}') AS t(a int, b int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [1, None, 3]') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = 5') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = b"ab"') AS t(a bytea);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = None') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = np.ones((2, 2, 2))') AS t(a int);
-- A byte order mark
SELECT * FROM execute_external_script('Python', U&'\FEFFOutputDataSet = 1') AS t(a int);
-- What may be not what was meant
SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"b": [1], "a": [2]}') AS t(a int, b int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pd.DataFrame({"k": ["x"], "a": [2]}).groupby("k").sum()') AS t(a int);
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pd.DataFrame({"k": ["x"], "a": [2]}).groupby("k").sum()') AS t(k text, a int);
SELECT * FROM execute_external_script('Python', 'outputDataSet = 1') AS t(a int);

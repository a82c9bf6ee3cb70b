-- bigint in R: there are no integers of 64 bits, so values are numeric, exact up to 2^53. Where some are beyond
-- that, one WARNING per column says so.
\set SHOW_CONTEXT never
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet',
    'SELECT n, -n AS minus, 9007199254740992 AS last, -9007199254740992 AS first FROM (VALUES (9007199254740993), (9007199254740995), (NULL), (1)) AS v(n)')
  AS t(n bigint, minus bigint, last bigint, first bigint);
-- Also inside arrays and composites
CREATE TYPE numbered AS (id int, n bigint);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(rows = nrow(InputDataSet))',
    'SELECT ARRAY[1, 9007199254740993] AS a, ROW(1, 9007199254740993)::numbered AS c, ARRAY[ROW(1, 9007199254740993)::numbered] AS ac, ARRAY[1, NULL, 2::bigint] AS fine')
  AS t(rows int);
DROP TYPE numbered;
-- As parameters, from JSON and from a row value
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(j = j - 9007199254740990, k = k)',
    params => '{"j": 9007199254740993, "k": 9007199254740992}') AS t(j int, k bigint);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(j = j - 9007199254740990, k = k)',
    params => (SELECT p FROM (SELECT 9007199254740993 AS j, 9007199254740992 AS k) p)) AS t(j int, k bigint);
-- Python has such integers.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT 9007199254740993 AS n') AS t(n bigint);

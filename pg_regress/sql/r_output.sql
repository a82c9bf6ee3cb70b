-- What an R script may return, and how it becomes the declared columns.
\set SHOW_CONTEXT never
-- By position, not by name; row names are never returned, factors as their text.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(x = 1:2, y = factor(c("a", NA)), row.names = c("i", "j"))') AS t(y int, x text);
-- Other kinds: vectors, matrices, tables, named lists, and the frames of data.table and tibble
SELECT * FROM execute_external_script('R', 'OutputDataSet <- c(a = 1.5, b = NA)') AS t(a float8);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- letters[1:2]') AS t(a text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- as.Date("2024-02-29") + 0:1') AS t(a date);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- matrix(1:4, 2)') AS t(a int, b int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- table(c("x", "y", "x"))') AS t(n int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- list(a = 1:2, b = c("x", NA))') AS t(a int, b text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.table::data.table(a = 1:2, k = "x")[, .(n = .N), by = k]') AS t(k text, n int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- tibble::tibble(a = 1:2, l = list(1:2, NULL))') AS t(a int, l int[]);
-- Labels that occur twice, or not at all
SELECT * FROM execute_external_script('R', 'OutputDataSet <- setNames(data.frame(1, 2, 3), c("a", "a", ""))') AS t(a int, b int, c int);
-- The input, changed in place
SELECT * FROM execute_external_script('R', 'data$a <- data$a + 1', 'SELECT 1 AS a', input_data_1_name => 'data', output_data_1_name => 'data') AS t(a int);
-- Every way to say NULL; infinity is a number.
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(f = c(1.5, NA, NaN, Inf), i = c(1L, NA, NA, 2L), s = c("x", NA, "NA", ""), b = c(TRUE, NA, FALSE, NA),
                            d = as.Date(c("2020-01-02", NA, Inf, -Inf)), t = as.POSIXct(c("2020-01-02 03:04:05.5", NA, NA, NA), tz = "UTC"))
$$) AS t(f float8, i int, s text, b bool, d date, t timestamp);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(NA, NA, NA, NA)') AS t(a date, b text, c int[], d bool);
-- Dates and times of R's kinds, wherever the session is
SET timezone = 'Asia/Kathmandu';
SELECT * FROM execute_external_script('R', $$
m <- as.POSIXct("2024-02-29 23:30:00", tz = "UTC")
OutputDataSet <- data.frame(m, m, m, as.POSIXct("2024-02-29 23:30:00", tz = "Europe/Berlin"), as.Date(m), as.POSIXlt(m),
                            m - (m - 90), as.difftime(90, units = "mins"), as.difftime("01:02:03"))
$$) AS t(naive timestamp, zoned timestamptz, day date, berlin timestamptz, date date, lt timestamptz, span interval, mins interval, clock time);
RESET timezone;
-- Numbers that are whole go to integers as they are; the declared type wins, by PostgreSQL's casts.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(1L, 2.5, 3.5, 7, "2020-02-29", "12.345", 9007199254740992, 5, TRUE)')
  AS t(a float8, b int, c int, d text, e date, f numeric(6,2), g bigint, h smallint, i text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame("abc", "ab", "{1,2}", "1 day", "12:30")') AS t(a varchar(3), b char(4), c int[], d interval, e time);
-- Bytes: a frame's only column of raw is one value, raw(0) is NULL; a list of raw vectors is a value a row.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(model = as.raw(1:5))') AS t(model bytea);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- as.raw(255)') AS t(model bytea);
SELECT model IS NULL FROM execute_external_script('R', 'OutputDataSet <- data.frame(model = raw(0))') AS t(model bytea);
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(id = 1:3)
OutputDataSet$y <- list(as.raw(1:2), NULL, raw(0))
$$) AS t(id int, y bytea);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(id = 1, model = as.raw(1:2))') AS t(id int, model bytea);
\echo :SQLSTATE
-- A model out, and in again
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(predict(unserialize(model), InputDataSet))', 'SELECT 10 AS speed',
    (SELECT p FROM (SELECT model FROM execute_external_script('R', 'OutputDataSet <- data.frame(model = serialize(lm(dist ~ speed, cars), NULL))') AS t(model bytea)) AS p))
  AS t(dist numeric(6,2));
-- Lists into arrays, composites and JSON
CREATE TYPE r_point AS (x float8, label text);
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(id = 1:3)
OutputDataSet$a <- list(1:3, NULL, integer())
OutputDataSet$d <- list(as.Date("2024-02-29"), NULL, as.Date(c(NA, "2024-03-01")))
OutputDataSet$p <- list(list(x = 1, label = "one"), NULL, list(label = "three", x = NA))
OutputDataSet$j <- list(list(k = 1, l = c("a", "b")), NULL, 1:2)
OutputDataSet$s <- list(1, NULL, 2.5)
$$) AS t(id int, a int[], d date[], p r_point, j jsonb, s float8);
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(id = 1:2)
OutputDataSet$p <- data.frame(x = c(1.5, NA), label = c("a", NA))
$$) AS t(id int, p r_point);
DROP TYPE r_point;
-- What does not fit names column, row and value.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = c(1, 70000))') AS t(a smallint);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = c("1", "one"))') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = c(1, 1e300))') AS t(a bigint);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = TRUE)') AS t(a date);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = as.Date(1e10, origin = "1970-01-01"))') AS t(a date);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = c("fine", "\xe9"))') AS t(a text);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'x <- "\xe9"; Encoding(x) <- "latin1"; OutputDataSet <- data.frame(a = x)') AS t(a text);
-- What is no table, or not the declared one
SELECT * FROM execute_external_script('R', 'OutputDataSet <- lm') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- lm(dist ~ speed, cars)') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- list(1, 2)') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- list(a = 1:2, b = 1:3)') AS t(a int, b int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- array(1:8, c(2, 2, 2))') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = 1i)') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = 1, b = 2)') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame()') AS t(a int);
-- No rows, and no result at all
SELECT * FROM execute_external_script('R', 'OutputDataSet <- mtcars[0, 1:2]') AS t(a float8, b int);
SELECT * FROM execute_external_script('R', 'x <- 1') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- NULL') AS t(a int);
-- More than the budget
SET launchpad.max_result_size = '1MB';
SELECT count(*) FROM execute_external_script('R', 'OutputDataSet <- rep(strrep("x", 1000), 2000)') AS t(a text);
RESET launchpad.max_result_size;

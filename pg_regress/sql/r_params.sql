-- Parameters of an R script: typed rows, JSON, and what comes back of them.
\set SHOW_CONTEXT never
CREATE TYPE r_pair AS (n int, t text);
-- A row's columns, typed; NULL is NA, or NULL where R has no NA of that kind.
SELECT * FROM execute_external_script('R', $$
names <- c("b", "i2", "i4", "i8", "f8", "t", "y", "d", "ts", "tz", "tm", "iv", "n", "a", "pr", "e")
OutputDataSet <- data.frame(names, sapply(mget(names), function(x) paste(class(x), collapse = " ")),
                            sapply(mget(names), function(x) paste(format(x), collapse = " ")))
$$, params => (SELECT p FROM (SELECT true AS b, 2::smallint AS i2, 4 AS i4, 8::bigint AS i8, 0.5::float8 AS f8, 'ä'::text AS t, '\x00ff'::bytea AS y,
    '2024-02-29'::date AS d, '2024-02-29 12:30'::timestamp AS ts, '2024-02-29 12:30+00'::timestamptz AS tz, '12:30'::time AS tm,
    '1 day'::interval AS iv, 1.50::numeric AS n, '{1,NULL}'::int[] AS a, ROW(1, 'x')::r_pair AS pr, '{}'::text[] AS e) AS p))
  AS t(name text, class text, value text);
SELECT * FROM execute_external_script('R', 'str(list(b, i, f, t, d, y, a, pr)); OutputDataSet <- NULL',
    params => (SELECT p FROM (SELECT NULL::bool AS b, NULL::int AS i, NULL::float8 AS f, NULL::text AS t, NULL::date AS d, NULL::bytea AS y, NULL::int[] AS a, NULL::r_pair AS pr) AS p))
  AS t(a int);
DROP TYPE r_pair;
-- JSON: vectors of one kind, lists, named lists
SELECT * FROM execute_external_script('R', 'str(list(i, big, f, s, b, n, v, w, mixed, empty, o, rows)); OutputDataSet <- NULL',
    params => '{"i": 1, "big": 12345678901, "f": 0.5, "s": "ü", "b": true, "n": null, "v": [1, 2, null], "w": ["a", null], "mixed": [1, "a"], "empty": [],
                "o": {"k": [1.5], "l": {}}, "rows": [{"a": 1}, {"a": 2}]}') AS t(a int);
-- In the query too
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet', 'SELECT g FROM generate_series(1, params.n::int) AS g', '{"n": 2}') AS t(g int);
-- Output parameters: vectors of length one are scalars, I() keeps an array; dates, bytes and factors as text.
CALL sp_execute_external_script('R', $$
i <- 2^53
f <- 0.1 + 0.2
w <- 3
l <- 7L
b <- as.raw(c(0, 255))
s <- 'quote " and \\ and ü'
t <- TRUE
n <- NULL
na <- NA_character_
nan <- NaN
inf <- -Inf
big <- 1e30
small <- 1e-30
$$, params => '{"i": 0, "f": 0, "w": 0, "l": 0, "b": 0, "s": 0, "t": 0, "n": 0, "na": 0, "nan": 0, "inf": 0, "big": 0, "small": 0}');
CALL sp_execute_external_script('R', $$
day <- as.Date("2024-02-29")
moment <- as.POSIXct("2024-02-29 12:00:00.5", tz = "UTC")
lt <- as.POSIXlt("2024-02-29 12:00:00", tz = "UTC")
span <- as.difftime(90, units = "mins")
fac <- factor(c("u", NA))
vec <- c(1, NA, 3)
one <- I(5)
named <- c(a = 1, b = 2)
nested <- list(a = list(list(b = list(1, character()))), c = 1:2)
frame <- data.frame(x = 1:2, y = c("a", NA))
mat <- as.list(1:2)
$$, params => '{"day": 0, "moment": 0, "lt": 0, "span": 0, "fac": 0, "vec": 0, "one": 0, "named": 0, "nested": 0, "frame": 0, "mat": 0}');
-- What it never touched, or set to what it was, is as it went in; what it removed is null.
CALL sp_execute_external_script('R', 'changed <- c(changed, 3); same <- 1; rm(gone)',
  params => '{"exact": 1.10, "large": 1e30, "digits": 0.12345678901234567890123, "same": 1.00, "list": [1.0, {"a": null}], "changed": [1, 2], "gone": 1}');
CALL sp_execute_external_script('R', 'x <- 1');
-- What JSON cannot say
CALL sp_execute_external_script('R', 'p <- sum', params => '{"p": 1}');
CALL sp_execute_external_script('R', 'p <- list(1, list(x = globalenv()))', params => '{"p": 1}');
CALL sp_execute_external_script('R', 'p <- 1i', params => '{"p": 1}');
-- The result as a cursor over what came, with the types it had
BEGIN;
CALL sp_execute_external_script('R', $$
OutputDataSet <- data.frame(i = 1:2, d = c(0.5, NA), s = c("x", NA), l = c(TRUE, NA), f = factor(c("u", "v")), day = as.Date("2024-02-29"),
                            m = as.POSIXct("2024-02-29 12:30", tz = "UTC"))
OutputDataSet$list <- list(1:2, NULL)
n <- nrow(InputDataSet)
$$, 'SELECT 1 AS a', params => '{"n": 0}', result => 'mine');
FETCH ALL IN mine \gdesc
FETCH ALL IN mine;
CALL sp_execute_external_script('R', 'x <- 1', result => 'none');
COMMIT;

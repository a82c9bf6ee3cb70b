-- Values of R's classes, results that are nothing, and what a script probably did not mean.
\set SHOW_CONTEXT never
-- No rows and no columns are no rows, whatever is declared.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame()') AS t(a int, b text, c int[]);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- list()') AS t(a int, b jsonb);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- do.call(rbind, list())') AS t(a int);
BEGIN;
CALL sp_execute_external_script('R', 'OutputDataSet <- list()', result => 'nothing');
FETCH ALL IN nothing;
COMMIT;
-- Without columns but with rows, it is not what is declared.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- cars[0]') AS t(a int);
-- Where everything is missing, every type fits.
CREATE TYPE r_place AS (x float8, label text);
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(NA_real_, NaN, NA_character_, factor(NA), as.Date(NA), as.POSIXct(NA), NA_integer_)
OutputDataSet$l <- list(NULL)
OutputDataSet$na <- list(NA)
$$) AS t(a int[], b r_place, c bytea, d jsonb, e interval, f text[], g date, h numeric(4,2), i r_place);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = character(), b = numeric())') AS t(a int[], b bytea);
DROP TYPE r_place;
-- Matrices of one column, and arrays of one dimension
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(x = c(1, 3))
OutputDataSet$scaled <- scale(OutputDataSet$x)
OutputDataSet$sums <- tapply(OutputDataSet$x, c("u", "v"), sum)
OutputDataSet$counts <- table(c("u", "v"))
OutputDataSet$series <- ts(1:2)
$$) AS t(x float8, scaled numeric(4,2), sums float8, counts int, series int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = I(matrix(1:4, 2)))') AS t(a int);
-- A script that begins with a byte order mark
SELECT * FROM execute_external_script('R', U&'\FEFFx <- 1\000AOutputDataSet <- x') AS t(a int);
SELECT * FROM execute_external_script('R', U&'\FEFFx <- 1\000Astop("here")') AS t(a int);
-- Classes: what people see of them
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- list(as.octmode("755"), as.hexmode(255L), as.roman(14), noquote("a"), as.octmode("755"), as.roman(14), numeric_version("1.2.10"),
                      person("Ada", "Lovelace"), object.size(1L))
names(OutputDataSet) <- letters[1:9]
$$) AS t(octmode text, hexmode text, roman text, noquote text, o int, r int, version text, person text, size bigint);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- as.roman(14)') AS t(a date);
SELECT * FROM execute_external_script('R', 'x <- data.frame(a = 1); x$m <- list(lm(dist ~ speed, cars)); OutputDataSet <- x') AS t(a int, m jsonb);
SELECT * FROM execute_external_script('R', 'x <- data.frame(a = 1:2); x$d <- list(Sys.Date(), 5); OutputDataSet <- x') AS t(a int, d date);
-- Inside of JSON as well, in columns and in output parameters
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(id = 1)
OutputDataSet$j <- list(list(n = c(1, NaN, NA, Inf), r = as.raw(c(0, 255)), d = as.Date("2024-02-29"),
  t = as.POSIXct("2024-02-29 12:00:00.25", tz = "UTC"), s = as.difftime(90, units = "mins"), f = factor("u"),
  o = as.octmode("755"), v = numeric_version("1.2"), m = matrix(1:4, 2), rows = data.frame(a = 1:2, f = factor(c("u", NA)))))
$$) AS t(id int, j jsonb);
CALL sp_execute_external_script('R', $$
o <- as.octmode("755")
v <- numeric_version("1.2")
who <- person("Ada", "Lovelace")
m <- matrix(1:4, 2)
t <- as.POSIXct("2024-02-29 12:00:00", tz = "UTC") + 0.123456
n <- table(c("u", "v", "u"))
$$, params => '{"o": 0, "v": 0, "who": 0, "m": 0, "t": 0, "n": 0}');
CALL sp_execute_external_script('R', 'p <- lm(dist ~ speed, cars)', params => '{"p": 0}');
-- Warnings: columns in another order, names of rows, an output that is never assigned
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(Y = 1, x = 2)') AS t(x int, y int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- head(mtcars[1:2], 1)') AS t(mpg float8, cyl int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- cars[c(3, 1), ]') AS t(speed float8, dist float8);
SELECT * FROM execute_external_script('R', 'outputDataSet <- 1') AS t(a int);
SELECT * FROM execute_external_script('R', 'x <- 1') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- NULL') AS t(a int);
CALL sp_execute_external_script('R', 'x <- 1');
-- Processes of R's own, by fork
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(unlist(parallel::mclapply(1:4, function(i) i^2, mc.cores = 2)), unlist(parallel::pvec(1:4, sqrt, mc.cores = 2)))
$$) AS t(square int, root numeric(4,2));
SELECT * FROM execute_external_script('R', $$
library(parallel)
OutputDataSet <- data.frame(detectCores() >= 1, sum(unlist(mclapply(1:4, identity, mc.cores = detectCores()))))
$$) AS t(counted bool, sum int);
\set VERBOSITY terse
SELECT * FROM execute_external_script('R', 'x <- parallel::mclapply(1:2, function(i) stop("no"), mc.cores = 2); OutputDataSet <- inherits(x[[1]], "try-error")') AS t(failed bool);
-- Clusters need sockets.
\set VERBOSITY default
CREATE FUNCTION pg_temp.refused(script text) RETURNS TABLE(message text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM * FROM execute_external_script('R', script) AS t(a int);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    message := regexp_replace(message, '\d+', 'N');
    RETURN NEXT;
END $$;
SELECT * FROM pg_temp.refused('cluster <- parallel::makeCluster(2)');
SELECT * FROM pg_temp.refused('cluster <- parallel::makeForkCluster(2)');
-- A package that is not installed
SELECT * FROM pg_temp.refused('library(nopackage)');
SELECT * FROM pg_temp.refused('nopackage::f()');
-- Names that SQL has folded
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(total = sum(InputDataSet$Amount), n = nrow(InputDataSet))[3]', 'SELECT 1 AS Amount') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- StoreId + 1', params => '{"storeid": 1}') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(a = InputDataSet$Age + 1)', 'SELECT 1 AS Age') AS t(a int);
SELECT * FROM execute_external_script('R', 'InputDataSet$Age <- InputDataSet$age + 1L; OutputDataSet <- InputDataSet["Age"]', 'SELECT 1 AS Age') AS t(a int);

-- Errors of an R script: the condition's message, its call and the script's lines as DETAIL.
\set SHOW_CONTEXT never
SELECT * FROM execute_external_script('R', $$
check <- function(x, most) {
  if (max(x) > most) {
    stop("goes up to ", max(x))
  }
}

check(1:9, most = 5)
$$) AS t(a int);
\echo :SQLSTATE
-- In a function called by one of R's own, and by an error of R's own
SELECT * FROM execute_external_script('R', $$
f <- function(x) {
  y <- x
  log(y)
}
lapply(list(1, "a"), f)
$$) AS t(a int);
SELECT * FROM execute_external_script('R', 'stop()') AS t(a int);
SELECT * FROM execute_external_script('R', 'stop("without a call", call. = FALSE)') AS t(a int);
SELECT * FROM execute_external_script('R', E'x <- 1\r\ny <- nope\r\n') AS t(a int);
SELECT * FROM execute_external_script('R', 'library(nopackage)') AS t(a int);
-- Conditions of a class of their own, a warning made an error, an error in a handler
SELECT * FROM execute_external_script('R', $$
stop(structure(class = c("too_hot", "error", "condition"), list(message = "42 degrees", call = NULL)))
$$) AS t(a int);
SELECT * FROM execute_external_script('R', 'options(warn = 2); as.integer("x")') AS t(a int);
SELECT * FROM execute_external_script('R', 'tryCatch(stop("first"), error = function(e) stop("second, after ", conditionMessage(e)))') AS t(a int);
-- What the script catches is no error; on.exit and finally run.
SELECT * FROM execute_external_script('R', $$
f <- function() {
  on.exit(cat("on exit\n"))
  stop("caught")
}
message <- tryCatch(f(), error = conditionMessage, finally = cat("finally\n"))
try(stop("tried"), silent = TRUE)
OutputDataSet <- data.frame(message)
$$) AS t(a text);
SELECT * FROM execute_external_script('R', $$
f <- function() {
  on.exit(cat("on exit\n"))
  stop("not caught")
}
f()
$$) AS t(a int);
-- Text that is no R
SELECT * FROM execute_external_script('R', E'x <- 1\ny z') AS t(a int);
SELECT * FROM execute_external_script('R', 'f <- function( {') AS t(a int);
SELECT * FROM execute_external_script('R', 'f(') AS t(a int);
SELECT * FROM execute_external_script('R', '"never closed') AS t(a int);
\echo :SQLSTATE
-- The CONTEXT names language and request.
DO $do$
DECLARE context text;
BEGIN
    PERFORM * FROM execute_external_script('R', 'stop("x")') AS t(a int);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RAISE NOTICE '%', regexp_replace(split_part(context, E'\n', 1), '\d+', 'N');
END $do$;
-- Leaving before the end, with any status
SELECT * FROM execute_external_script('R', 'quit(status = 3)') AS t(a int);
SELECT * FROM execute_external_script('R', 'q("no")') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- 1; quit(save = "no", status = 0)') AS t(a int);
\echo :SQLSTATE
-- Interrupts: of the script itself, and one that it handles
SELECT * FROM execute_external_script('R', 'tools::pskill(Sys.getpid(), tools::SIGINT); Sys.sleep(1)') AS t(a int);
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- tryCatch({ tools::pskill(Sys.getpid(), tools::SIGINT); Sys.sleep(1); "slept" }, interrupt = function(i) "interrupted")
$$) AS t(a text);
-- Recursion without end is an error like others; so is the C stack's end.
\set VERBOSITY sqlstate
SELECT * FROM execute_external_script('R', 'f <- function(n) f(n + 1); f(1)') AS t(a int);
\set VERBOSITY default
SELECT * FROM execute_external_script('R', 'options(expressions = 500000); f <- function(n) f(n + 1); tryCatch(f(1), error = function(e) OutputDataSet <<- 1)') AS t(a int);
-- Dying
SELECT * FROM execute_external_script('R', 'message("help"); tools::pskill(Sys.getpid(), tools::SIGKILL); Sys.sleep(1)') AS t(a int);
SELECT * FROM execute_external_script('R', 'tools::pskill(Sys.getpid(), 6); Sys.sleep(1)') AS t(a int);
\echo :SQLSTATE
-- Limits
SET launchpad.memory_limit = '256MB';
SELECT * FROM execute_external_script('R', 'x <- numeric(1e9)') AS t(a int);
\echo :SQLSTATE
-- Little by little: the allocator's error, or the end of the script
\set VERBOSITY sqlstate
SELECT * FROM execute_external_script('R', 'x <- list(); while (TRUE) x[[length(x) + 1]] <- raw(1e7)') AS t(a int);
\set VERBOSITY default
RESET launchpad.memory_limit;
SELECT * FROM execute_external_script('R', 'for (i in 1:400) writeLines(strrep("x", 1e6), paste0("f", i))') AS t(a int);
\echo :SQLSTATE
SET launchpad.script_timeout = '200ms';
SELECT * FROM execute_external_script('R', 'while (TRUE) {}') AS t(a int);
\echo :SQLSTATE
RESET launchpad.script_timeout;
SET statement_timeout = '200ms';
SELECT * FROM execute_external_script('R', 'Sys.sleep(1000)') AS t(a int);
\echo :SQLSTATE
RESET statement_timeout;
-- Arguments: R's names
SELECT * FROM execute_external_script('R', 'x', input_data_1_name => '_x') AS t(a int);
SELECT * FROM execute_external_script('r', 'OutputDataSet <- my.data', 'SELECT 1 AS a', input_data_1_name => 'my.data') AS t(a int);
SELECT * FROM execute_external_script('R', 'x', params => '{"if": 1}') AS t(a int);
SELECT * FROM execute_external_script('R', 'x', params => '{"InputDataSet": 1}') AS t(a int);
-- After all of that a call still works.
SELECT * FROM execute_external_script('R', 'OutputDataSet <- 1') AS t(a int);

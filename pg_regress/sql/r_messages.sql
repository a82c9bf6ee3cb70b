-- R's stdout as NOTICE, its stderr as WARNING, line by line.
\set SHOW_CONTEXT always
SELECT * FROM execute_external_script('R', $$
print(1:3)
cat("two\nthree\n")
message("to stderr")
OutputDataSet <- NULL
cat("no newline")
$$) AS t(a int);
\set SHOW_CONTEXT never
-- Values at the top of a script are not printed by themselves.
SELECT * FROM execute_external_script('R', '1 + 1; invisible(2)') AS t(a int);
-- Warnings come at once, not at the end.
SELECT * FROM execute_external_script('R', $$
f <- function() warning("careful")
f()
warning("twice")
as.integer("x")
cat("after\n")
OutputDataSet <- NULL
$$) AS t(a int);
SELECT * FROM execute_external_script('R', 'options(warn = 0); warning("not deferred"); options(warn = -1); warning("unheard")') AS t(a int);
-- Unicode, an empty line, bytes that are no UTF-8
SELECT * FROM execute_external_script('R', $$
cat("\n")
cat("snow ☃\n")
OutputDataSet <- NULL
$$) AS t(a int);
SELECT * FROM execute_external_script('R', 'cat("bad \xff byte\n"); OutputDataSet <- NULL') AS t(a int);
-- What a handler of the script takes is not heard, and what is sunk is not either.
SELECT * FROM execute_external_script('R', $$
suppressMessages(message("unheard"))
OutputDataSet <- NULL
withCallingHandlers(warning("taken"), warning = function(w) invokeRestart("muffleWarning"))
x <- capture.output(print("caught"))
cat(x, "\n")
$$) AS t(a int);
-- At most launchpad.max_output, then one WARNING
SET launchpad.max_output = '1kB';
SELECT * FROM execute_external_script('R', 'for (i in 1:10) cat(strrep(i, 300), "\n")') AS t(a int);
-- Empty lines of all kinds count.
SELECT * FROM execute_external_script('R', 'for (i in 1:1000) cat("\n")') AS t(a int);
SELECT * FROM execute_external_script('R', 'for (i in 1:1000) message()') AS t(a int);
SELECT * FROM execute_external_script('R', 'for (i in 1:100) warning("")') AS t(a int);
RESET launchpad.max_output;
-- What was said before an error is heard.
SELECT * FROM execute_external_script('R', 'cat("last words"); stop("the end")') AS t(a int);

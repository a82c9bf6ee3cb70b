-- What an R script finds around it.
\set SHOW_CONTEXT never
-- The input, an empty output, the parameters, and nothing else; the attached packages are R's own.
SELECT * FROM execute_external_script('R', $$
OutputDataSet <- data.frame(paste(ls(), collapse = " "), paste(search(), collapse = " "), environmentName(environment()))
$$, 'SELECT 1 AS a', '{"k": 1}') AS t(names text, search text, environment text);
SELECT * FROM execute_external_script('R', 'str(InputDataSet); str(OutputDataSet); OutputDataSet <- NULL') AS t(a int);
-- Removing everything is harmless.
SELECT * FROM execute_external_script('R', $$
rm(list = ls())
cat(ls(), "\n")
x <- rnorm(3)
OutputDataSet <- data.frame(n = length(x))
$$, 'SELECT 1 AS a', '{"k": 1}') AS t(n int);
SELECT * FROM execute_external_script('R', 'rm(list = ls(all.names = TRUE))', 'SELECT 1 AS a') AS t(n int);
-- CR is stripped.
SELECT * FROM execute_external_script('R', E'x <- "a\r\nb"\r\nOutputDataSet <- nchar(x)\r\n') AS t(n int);
-- An empty script
SELECT * FROM execute_external_script('R', '') AS t(n int);
SELECT * FROM execute_external_script('R', '# nothing') AS t(n int);
-- No state survives a call; random generators differ from call to call.
SELECT * FROM execute_external_script('R', 'options(left.behind = 1)') AS t(a int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- is.null(getOption("left.behind"))') AS t(gone bool);
SELECT count(DISTINCT r), count(DISTINCT s) FROM (SELECT t.* FROM generate_series(1, 4) AS i, LATERAL execute_external_script('R', $$
OutputDataSet <- data.frame(runif(1), paste(sample(1000, 5), collapse = " "))
$$, params => jsonb_build_object('i', i)) AS t(r float8, s text)) AS all_calls;
SELECT count(DISTINCT r) FROM (SELECT t.* FROM generate_series(1, 2) AS i, LATERAL execute_external_script('R',
    'set.seed(42); OutputDataSet <- runif(1)', params => jsonb_build_object('i', i)) AS t(r float8)) AS all_calls;
-- A working directory of its own: empty, writable, the home, gone with the call
SELECT * FROM execute_external_script('R', $$
before <- list.files()
writeLines("text", "file")
file <- tempfile()
writeLines("more", file)
OutputDataSet <- data.frame(getwd(), length(before[!startsWith(before, "Rtmp")]), Sys.getenv("HOME"), startsWith(file, "/job/"), readLines(file))
$$) AS t(folder text, files int, home text, temporary bool, text text);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(file.exists("file"), length(list.files("/tmp")))') AS t(work bool, tmp int);
-- An environment of a few named variables
SELECT * FROM execute_external_script('R', 'OutputDataSet <- paste(sort(names(Sys.getenv())), collapse = " ")') AS t(names text);
-- Connections, packages that come with R, packages of R's library
SELECT * FROM execute_external_script('R', $$
lines <- textConnection("a,b\n1,2\n3,4")
csv <- read.csv(lines)
z <- gzcon(rawConnection(memCompress("text", "gzip")))
library(stats4)
library(parallel)
squares <- unlist(mclapply(1:2, function(x) x^2, mc.cores = 2))
OutputDataSet <- data.frame(sum(csv), memDecompress(memCompress(charToRaw("x"), "gzip"), "gzip", asChar = TRUE), sum(squares))
$$) AS t(sum int, text text, squares int);
SELECT * FROM execute_external_script('R', 'OutputDataSet <- requireNamespace("data.table", quietly = TRUE)') AS t(found bool);
-- A plot, as the bytes of its file
SELECT substr(encode(substr(png, 1, 8), 'hex'), 1) AS signature, length(png) > 1000 AS drawn FROM execute_external_script('R', $$
png("plot.png", width = 300, height = 300)
plot(cars, main = "Größe")
invisible(dev.off())
OutputDataSet <- data.frame(png = readBin("plot.png", raw(), file.size("plot.png")))
$$) AS t(png bytea);
-- No network, no server's socket, no server files, no other programs
SELECT * FROM execute_external_script('R', $$
fails <- function(work) tryCatch({ suppressWarnings(work); "works" }, error = function(e) "fails")
OutputDataSet <- data.frame(
  c("internet", "loopback", "shadow", "server files", "own folder", "other programs"),
  c(fails(socketConnection("192.0.2.1", 80, timeout = 1)), fails(socketConnection("127.0.0.1", 5432, timeout = 1)),
    fails(readLines("/etc/shadow")), paste0(Sys.glob("/var/lib/postgresql/*"), ""), fails(writeLines("x", file.path(R.home(), "x"))),
    fails(stopifnot(system("true") == 0)))
)
$$) AS t(what text, outcome text);
-- Where a set-returning function may stand, and both languages in one query
SELECT a, b FROM execute_external_script('R', 'OutputDataSet <- 1:2') AS t(a int)
  JOIN execute_external_script('Python', 'OutputDataSet = {"b": [2, 3]}') AS u(b int) ON a = b;
SELECT * FROM execute_external_script('R', 'OutputDataSet <- InputDataSet + 1', $q$
  SELECT * FROM execute_external_script('Python', 'OutputDataSet = {"a": [1]}') AS t(a int)
$q$) AS t(a int);

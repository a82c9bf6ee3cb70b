# Running a script, and its errors as text.

# What is told of the script's error: kind, message, traceback; NULL without one.
told <- function(..., place = new.env(parent = globalenv())) {
  launcher$run_script(paste(..., sep = "\n"), place)
}
trace <- function(...) strsplit(told(...)$trace, "\n", fixed = TRUE)[[1]]
title <- "Traceback, latest call last:"

# It runs where it is told to, whatever its line ends are, and returns nothing.
place <- new.env(parent = globalenv())
expect_null(told("x <- 1\r", "y <- 'a\r", "b'\r", place = place))
expect_identical(mget(c("x", "y"), envir = place), list(x = 1, y = "a\nb"))
expect_null(told("rm(list = ls())", place = place))
expect_identical(ls(place), character())
for (nothing in c("", "\n\n", "# comment", "invisible(1)", "'\u00fc'")) {
  expect_null(told(nothing), info = nothing)
}

# Errors of the script's own.
expect_identical(told("stop('one ', 2)"), list(
  kind = "Error", message = "one 2", trace = paste(title, "  line 1: stop(\"one \", 2)", sep = "\n")
))
expect_identical(
  trace("f <- function(x) {", "  g(x)", "}", "g <- function(y) {", "", "  stop('deep')", "}", "", "f(1)"),
  c("Call: g(x)", title, "  line 9: f(1)", "  line 2: g(x)", '  line 6: stop("deep")')
)
# Calls that are not the script's stand between those that are.
expect_identical(
  trace("f <- function(i) {", "  stop('in ', i)", "}", "sapply(1:3, f)"),
  c(
    "Call: FUN(X[[i]], ...)", title, "  line 4: sapply(1:3, f)", "  in lapply(X = X, FUN = FUN, ...)",
    "  in FUN(X[[i]], ...)", '  line 2: stop("in ", i)'
  )
)
# Of R's functions, and of those that are no functions to R's stack.
expect_identical(
  told("f <- function(x) {", "  log(x)", "}", "f('a')"),
  list(
    kind = "Error", message = "non-numeric argument to mathematical function",
    trace = paste("Call: log(x)", title, '  line 4: f("a")', "  line 2: log(x)", sep = "\n")
  )
)
expect_identical(trace("", "nowhere"), c(title, "  line 2: nowhere"))
expect_identical(told("x <- 1:2", "x[[5]]"), list(
  kind = "subscriptOutOfBoundsError", message = "subscript out of bounds",
  trace = paste("Call: x[[5]]", title, "  line 2: x[[5]]", sep = "\n")
))
expect_identical(
  trace("f <- function(x) {", "  x[[5]]", "}", "f(1:2)"),
  c("Call: x[[5]]", title, "  line 4: f(1:2)", "  line 2: x[[5]]")
)
# Errors with a class; without a call; whose message cannot be made or has several parts.
expect_identical(
  told("stop(structure(class = c('mine', 'error', 'condition'), list(message = 'm', call = NULL)))")[1:2],
  list(kind = "mine", message = "m")
)
expect_identical(told("library(launchpad.nowhere)")$kind, "packageNotFoundError")
expect_identical(
  told("stop('a', call. = FALSE)")$trace, paste(title, '  line 1: stop("a", call. = FALSE)', sep = "\n")
)
expect_identical(
  told("stop(structure(class = c('mine', 'error', 'condition'), list()))")[1:2],
  list(kind = "mine", message = "")
)
registerS3method("conditionMessage", "launchpad_broken", function(c) stop("no"), envir = baseenv())
registerS3method("conditionMessage", "launchpad_parts", function(c) c("one", "two"), envir = baseenv())
of_class <- function(class) structure(class = c(class, "error", "condition"), list())
expect_identical(
  launcher$described_error(of_class("launchpad_broken"), character())$message, "its message cannot be made"
)
expect_identical(launcher$described_error(of_class("launchpad_parts"), character())$message, "one\ntwo")
expect_identical(told("stop()")[1:2], list(kind = "Error", message = ""))
expect_identical(told("stop('\u00fc\U1F600')")$message, "\u00fc\U1F600")
expect_identical(told("tryCatch(stop('a'), error = function(e) stop('b'))")$message, "b")
expect_null(told("tryCatch(stop('a'), error = function(e) NULL)"))
expect_null(told("try(stop('a'), silent = TRUE)"))

# Warnings: told at once on standard error; errors if the script says so.
expect_identical(
  utils::capture.output(
    raised <- told("f <- function() warning('w')", "f()", "warning('top')"),
    type = "message"
  ),
  c("Warning in f() : w", "Warning: top")
)
expect_null(raised)
expect_identical(
  told("options(warn = 2)", "as.integer('a')")$message, "(converted from warning) NAs introduced by coercion"
)
options(warn = 0)

# Names that are there in another case.
place <- new.env(parent = globalenv())
place$rows <- data.frame(name = 1, k = 2)
meant <- function(...) {
  lines <- strsplit(told(..., place = place)$trace, "\n", fixed = TRUE)[[1]]
  grep("^There is no", lines, value = TRUE)
}
for (asked in c("rows$Name", 'rows[["Name"]]', 'rows[, "Name"]', "f <- function() sum(rows$Name)")) {
  expect_identical(meant(asked, "stop('a')"), 'There is no "Name" in rows, but "name".', info = asked)
}
expect_identical(meant("lm(K ~ name, rows)"), 'There is no "K" in rows, but "k".')
expect_identical(meant("Rows$k"), 'There is no "Rows", but "rows".')
expect_identical(meant("rows$name", "rows$nowhere", "stop('a')"), character())
expect_null(told("rows$Name", place = place))

# The mark that some editors begin files with is none of the script's.
expect_null(told("\ufeffx <- 1"))
expect_identical(trace("\ufeffx <- 1", "stop('b')")[2], "  line 2: stop(\"b\")")

# Long tracebacks lose their middle, long calls their end; R's own limits are errors like others.
deep <- trace("f <- function(n) if (n > 0) f(n - 1) else stop('deep')", "f(100)")
expect_identical(length(deep), 2L + 2L * 25L + 1L)
expect_identical(deep[3:4], c("  line 2: f(100)", "  line 1: f(n - 1)"))
expect_identical(deep[c(28, length(deep))], c("  \u2026 52 more \u2026", '  line 1: stop("deep")'))
long <- trace(paste0("stop('", strrep("x", 200), "')"))
expect_identical(long[2], paste0('  line 1: stop("', strrep("x", 93), "\u2026"))
expect_true(grepl("infinite recursion|C stack usage", told("f <- function() f()", "f()")$message))

# What does not parse.
expect_identical(told("x <- 1", "y <- (2 +", "")[1:2], list(
  kind = "parse error", message = "unexpected end of input (<script>, line 3)"
))
expect_identical(told("x <- 1", "a b", "c"), list(
  kind = "parse error", message = "unexpected symbol (<script>, line 2)", trace = "1: x <- 1\n2: a b\n     ^"
))
expect_identical(told("'\\z'")$kind, "parse error")
expect_identical(told("x <- \u201ca\u201d")[1:2], list(
  kind = "parse error", message = "unexpected input (<script>, line 1)"
))
# Nothing of a script runs that does not parse.
place <- new.env()
expect_false(is.null(told("x <- 1", ")", place = place)))
expect_identical(ls(place), character())

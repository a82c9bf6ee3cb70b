# A job like a request's. The zygote does it, which loads the functions that a request will need; a process
# that rehearses does it, which shows the memory that satellites will use; and a satellite does a small part
# of it, which shows that it works under the filter.

exercise_script <- "
f <- function(x) x * k
OutputDataSet <- transform(InputDataSet, y = f(x), n = nchar(s))
OutputDataSet <- OutputDataSet[order(OutputDataSet$x), ]
"
# Much that scripts use of R's packages: loaded from their files once, in the zygote.
exercise_loads <- "fit <- lm(y ~ x, data = OutputDataSet)"
exercise_small <- "OutputDataSet <- InputDataSet"
exercise_rows <- data.frame(n = c(1L, NA), s = c("a", NA))
exercise_error <- "f <- function() {\n  stop('exercise')\n}\nf()"

exercise <- function(loads = FALSE) {
  moment <- as.POSIXct(1709209800, origin = "1970-01-01", tz = "UTC")
  rows <- data.frame(
    i = c(1L, NA, 3L), x = c(1.5, 2.5, NA), s = c("a", NA, "ü"), b = c(TRUE, NA, FALSE),
    t = c(moment, NA, moment), d = as.Date(c("2024-02-29", NA, "1969-12-31")),
    f = factor(c("u", NA, "v"))
  )
  rows$r <- list(as.raw(1), NULL, raw())
  rows$l <- list(1:3, NULL, integer())
  place <- new.env(parent = globalenv())
  place$InputDataSet <- .Call(native$read_frame, write_table(rows, "rows", raw(), TRUE))
  place$k <- 2
  exercised(exercise_script, place)
  if (loads) exercised(exercise_loads, place)
  result <- .Call(native$read_frame, write_table(place$OutputDataSet, "OutputDataSet", raw(), TRUE))
  if (!identical(dim(result), c(3L, 11L)) || !identical(result$y, c(3, 5, NA))) {
    stop("the exercise's result is wrong", call. = FALSE)
  }
  trace <- run_script(exercise_error, new.env(parent = globalenv()))$trace
  if (!grepl("line 2: stop", trace, fixed = TRUE)) {
    stop("the exercise's traceback is wrong", call. = FALSE)
  }
  exercise_again()
}

# The part that is a satellite's, whose memory is as if all of it had run.
exercise_again <- function() {
  place <- new.env(parent = globalenv())
  sent <- write_table(exercise_rows, "rows", raw(), TRUE)
  place$InputDataSet <- .Call(native$read_frame, sent)
  exercised(exercise_small, place)
  if (nrow(place$OutputDataSet) != 2L) stop("the exercise's result is wrong", call. = FALSE)
  invisible(write_table(place$OutputDataSet, "OutputDataSet", raw(), TRUE))
}

exercised <- function(script, place) {
  raised <- run_script(script, place)
  if (!is.null(raised)) stop(raised$message, call. = FALSE)
}

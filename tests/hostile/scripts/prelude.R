# Stands before every R script of tests/hostile/scripts, in one text with it; as prelude.py.

answer <- function(outcome, detail) {
  # The launcher binds the name to an empty frame first.
  if (length(OutputDataSet) == 0) {
    assign("OutputDataSet", data.frame(
      outcome = outcome, detail = substr(paste(detail, collapse = " "), 1, 300)
    ), envir = globalenv())
  }
}

through <- function(evidence) answer("through", evidence)
tried <- function(what = "done") answer("tried", what)

# A condition whose message tells the system's error, or a word.
refused <- function(reason) {
  text <- if (inherits(reason, "condition")) conditionMessage(reason) else reason
  known <- c(
    EACCES = "Permission denied", EAGAIN = "Resource temporarily unavailable", EMFILE = "Too many open files",
    ENOENT = "No such file or directory", ENOSPC = "No space left on device",
    EPERM = "Operation not permitted", EROFS = "Read-only file system",
    EAFNOSUPPORT = "Address family not supported by protocol"
  )
  found <- names(known)[vapply(known, grepl, FALSE, x = text, fixed = TRUE)]
  answer("refused", if (length(found)) found[1] else text)
}

nothing <- function() stop("nothing", call. = FALSE)

# Runs it at once. R tells the system's error in a warning before its own, which says less.
attack <- function(run) {
  tryCatch(through(run()), warning = refused, error = refused)
}

if (dir.exists(planted$work)) setwd(planted$work)

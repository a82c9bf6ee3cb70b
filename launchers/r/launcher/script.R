# The script: its run, and an error of it as text.

# The script's name in line numbers and messages.
script_name <- "<script>"

# Frames of a traceback that are shown at its beginning and at its end.
most_frames <- 25L

# Runs the script's text in the environment; NULL, or kind, message and traceback of its error. `input`: the
# name of the data frame that it is given, if there is one.
run_script <- function(text, place, input = NULL) {
  # R takes a carriage return, and the mark that some editors begin files with, for characters that it does
  # not know.
  text <- sub("^\ufeff", "", gsub("\r", "", text, fixed = TRUE))
  lines <- strsplit(text, "\n", fixed = TRUE)[[1]]
  source <- srcfilecopy(script_name, lines, Sys.time(), isFile = FALSE)
  code <- tryCatch(
    parse(text = lines, keep.source = TRUE, srcfile = source, encoding = "UTF-8"),
    error = identity
  )
  if (inherits(code, "error")) {
    return(parse_error(code))
  }
  trace <- character()
  raised <- tryCatch(
    withCallingHandlers(
      {
        evaluate(code, place)
        NULL
      },
      error = function(error) {
        # While the frames are still there.
        calls <- sys.calls()
        trace <<- tryCatch(traced(calls, error), error = function(error) character())
      },
      warning = tell_warning
    ),
    error = function(error) described_error(error, trace),
    interrupt = function(interrupt) interrupted(trace)
  )
  if (is.null(raised)) {
    tell_case(code, input, place)
  } else {
    names <- tryCatch(other_case(code, raised$message, place), error = function(error) character())
    raised$trace <- paste(c(if (nzchar(raised$trace)) raised$trace, names), collapse = "\n")
  }
  raised
}

# A function of its own, so that tracebacks can tell where the script begins.
evaluate <- function(code, place) {
  eval(code, place)
}

# At once and on standard error, as R itself does it with options(warn = 1); with its default the warnings
# would wait for a prompt that never comes.
tell_warning <- function(warning) {
  if (!isTRUE(getOption("warn") %in% c(0, 1))) {
    return()
  }
  call <- call_of(warning)
  place <- if (is.null(call)) "Warning: " else paste("Warning in", short(call), ": ")
  cat(place, conditionMessage(warning), "\n", sep = "", file = stderr())
  invokeRestart("muffleWarning")
}

described_error <- function(error, trace) {
  kind <- class(error)[1]
  message <- tryCatch(
    paste(conditionMessage(error), collapse = "\n"),
    error = function(error) "its message cannot be made"
  )
  call <- call_of(error)
  list(
    kind = if (kind %in% c("simpleError", "error")) "Error" else kind,
    message = sub("\n+$", "", message),
    trace = paste(c(if (!is.null(call)) paste("Call:", short(call)), trace), collapse = "\n")
  )
}

interrupted <- function(trace) {
  list(kind = "interrupt", message = "the script was interrupted", trace = paste(trace, collapse = "\n"))
}

# "<script>:2:7: unexpected symbol", then the lines around it.
parse_error <- function(error) {
  lines <- strsplit(conditionMessage(error), "\n", fixed = TRUE)[[1]]
  place <- regmatches(lines[1], regexec("^<script>:([0-9]+):[0-9]+: (.*)$", lines[1]))[[1]]
  message <- lines[1]
  if (length(place) == 3) message <- paste0(place[3], " (", script_name, ", line ", place[2], ")")
  list(kind = "parse error", message = message, trace = paste(lines[-1], collapse = "\n"))
}

# NULL where the script itself is at work and none of its functions.
call_of <- function(condition) {
  call <- tryCatch(conditionCall(condition), error = function(error) NULL)
  if (identical(call, quote(eval(code, place)))) NULL else call
}

# The script's calls that are going on, the latest last, one a line. `calls`: up to the one of the
# function that handles the error.
traced <- function(calls, error) {
  evaluated <- Position(is_evaluate, calls, right = TRUE)
  # After it come eval() and what it does within; at the end, what signals errors.
  calls <- calls[-seq_len(evaluated + 2L)]
  handler <- length(calls)
  lines <- vapply(calls, line_of, 0L)
  last <- max(which(!is.na(lines)), 0L)
  calls <- calls[seq_len(last)]
  lines <- lines[seq_len(last)]
  texts <- vapply(calls, short, "")
  # An error of R's own functions in C: R tells the line where it was, and the error maybe which call.
  signals <- vapply(calls, is_signal, FALSE) | seq_along(calls) == handler
  call <- call_of(error)
  texts[signals] <- if (is.null(call)) vapply(calls[signals], source_line, "") else short(call)
  shown <- ifelse(is.na(lines), paste("  in", texts), sprintf("  line %d: %s", lines, texts))
  shown <- shown[!(signals & duplicated(shown))]
  if (length(shown) > 2L * most_frames) {
    left <- length(shown) - 2L * most_frames
    shown <- c(
      shown[seq_len(most_frames)], sprintf("  … %d more …", left),
      utils::tail(shown, most_frames)
    )
  }
  if (length(shown)) c("Traceback, latest call last:", shown) else character()
}

is_evaluate <- function(call) {
  identical(call[[1]], quote(evaluate))
}

is_signal <- function(call) {
  identical(call[[1]], quote(.handleSimpleError)) || identical(call[[1]], quote(.signalSimpleWarning))
}

# The line of the script that a call stands in, NA outside of it.
line_of <- function(call) {
  place <- attr(call, "srcref")
  if (is.null(place) || !identical(attr(place, "srcfile")$filename, script_name)) {
    return(NA_integer_)
  }
  as.integer(place)[1]
}

# What the script has in a call's line.
source_line <- function(call) {
  place <- attr(call, "srcref")
  line <- line_of(call)
  if (is.na(line)) short(call) else trimws(getSrcLines(attr(place, "srcfile"), line, line))
}

short <- function(call) {
  text <- paste(deparse(call, width.cutoff = 100L, nlines = 1L), collapse = " ")
  if (nchar(text) > 100L) paste0(substr(text, 1L, 99L), "…") else text
}

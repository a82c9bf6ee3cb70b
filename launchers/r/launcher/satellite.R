# A satellite's life after the fork: exercise, wait for the one request, serve it, end.
#
# The process is left at once, without the finalizers and clean-ups that belong to the zygote.

# All that a script finds in its environment, besides where R is and where it works: HOME and TMPDIR.
surroundings <- c(
  LANG = "C.UTF-8",
  MKL_NUM_THREADS = "1",
  OMP_NUM_THREADS = "1",
  OPENBLAS_NUM_THREADS = "1",
  PATH = "/usr/local/bin:/usr/bin:/bin",
  # The C library's resolver sends one question after the other: both at once takes a call that
  # satellites without an OS user of their own do not have.
  RES_OPTIONS = "single-request",
  TZ = "UTC"
)
kept <- c("R_HOME", "R_SHARE_DIR", "R_INCLUDE_DIR", "R_DOC_DIR")

satellite <- function() {
  status <- 1L
  tryCatch(
    {
      prepare()
      # Two, for a script may return the one as the other.
      empty <- list(input = data.frame(), output = data.frame())
      if (.Call(native$next_assignment)) serve(.Call(native$read_run), empty)
      status <- 0L
    },
    # Nobody waits for an answer any more, or nobody could be told.
    error = function(error) NULL,
    interrupt = function(interrupt) NULL
  )
  .Call(native$leave, status)
}

# Everything that needs no request, done ahead of it.
prepare <- function() {
  tryCatch(
    {
      settle()
      exercise_again()
      set.seed(.Call(native$random))
      begin_record()
    },
    error = function(error) {
      .Call(native$refused, "exercise", conditionMessage(error))
      stop(error)
    }
  )
  .Call(native$ready)
}

# The process's surroundings as a script expects them.
settle <- function() {
  .Call(native$settle)
  names <- names(Sys.getenv())
  Sys.unsetenv(setdiff(names, kept))
  do.call(Sys.setenv, as.list(c(surroundings, HOME = getwd(), TMPDIR = getwd())))
  Sys.umask("077")
  # The zygote's is neither there nor this process's.
  tempdir(check = TRUE)
  count_processors()
  options(
    # At once, not after the script's end.
    warn = 1,
    # Line numbers, also of functions that the script sources.
    keep.source = TRUE
  )
}

# The script's clock shows the session's time, and what a moment without a zone means is read so.
set_clock <- function(zone) {
  if (!file.exists(file.path("/usr/share/zoneinfo", zone))) {
    # The C library would take it for UTC without a word.
    cat(
      'the satellite has no time zone "', zone, '"; the script\'s clock shows UTC\n',
      sep = "", file = stderr()
    )
    zone <- "UTC"
  }
  Sys.setenv(TZ = zone)
}

# The package parallel would ask a program, which scripts cannot start.
count_processors <- function() {
  counted <- function(...) .Call(native$processors)
  count <- function(namespace) {
    unlockBinding("detectCores", namespace)
    assign("detectCores", counted, envir = namespace)
    lockBinding("detectCores", namespace)
  }
  setHook(packageEvent("parallel", "onLoad"), function(...) count(asNamespace("parallel")))
  for (group in preloads$groups) {
    if (!is.null(group$namespaces$parallel)) count(group$namespaces$parallel)
  }
}

# `empty`: the input where there is none, and the output that no script has assigned.
serve <- function(run, empty) {
  set_clock(run$time_zone)
  raised <- tryCatch(
    {
      given <- if (run$has_params) .Call(native$read_parameters, NULL) else list()
      frame <- if (run$has_input) .Call(native$read_frame, NULL) else empty$input
      NULL
    },
    # No memory for it, or a value that R has no type for.
    error = function(error) described_error(error, character())
  )
  if (!is.null(raised)) {
    return(finish(raised))
  }
  unassigned <- empty$output
  global <- globalenv()
  # Bound first: an output of the input's name is the input until the script changes that.
  assign(run$output_name, unassigned, envir = global)
  if (run$has_input || run$input_name != run$output_name) {
    assign(run$input_name, frame, envir = global)
  }
  for (name in names(given)) assign(name, given[[name]], envir = global)
  before <- texts(run$read_back, given)
  rm(given, frame)

  process <- Sys.getpid()
  raised <- run_script(run$script, global, if (run$has_input) run$input_name)
  if (Sys.getpid() != process) {
    # A process that the script forked and that came to the script's end: one answers.
    .Call(native$leave_fork)
  }
  if (is.null(raised)) {
    raised <- tryCatch(
      {
        answer(run, global, unassigned, before)
        NULL
      },
      no_place = function(condition) condition,
      error = function(error) described_error(error, character()),
      interrupt = function(interrupt) interrupted(character())
    )
  }
  finish(raised)
}

# Sends what the script left behind: rows, parameters, the end.
answer <- function(run, global, unassigned, before) {
  after <- texts(run$read_back, mget(
    run$read_back,
    envir = global, ifnotfound = list(NULL), inherits = FALSE
  ))
  value <- get0(run$output_name, envir = global, inherits = FALSE)
  rows <- NULL
  there <- exists(run$output_name, envir = global, inherits = FALSE)
  assigned <- there && !.Call(native$same, value, unassigned)
  if (!assigned || is.null(value)) {
    if (!assigned) tell_unassigned(run$output_name, .Call(native$declared, run$wanted), ls(global))
    .Call(native$close_output)
  } else {
    rows <- write_table(value, run$output_name, run$wanted, NULL)
  }
  conclude()
  if (length(run$read_back)) .Call(native$params, .Call(native$json_changes, before, after))
  .Call(native$done, rows)
}

# Before the end is told. The script may have changed anything, and nobody else needs the record.
conclude <- function() {
  .Call(native$flush)
  tryCatch(send_imports(), error = function(error) NULL)
}

# Tells how the script failed, if it did.
finish <- function(raised) {
  if (is.null(raised)) {
    return(invisible())
  }
  conclude()
  if (inherits(raised, "no_place")) {
    .Call(native$no_place, conditionMessage(raised))
  } else {
    .Call(native$raised, raised$kind, raised$message, raised$trace)
  }
}

# A condition for what has no place in a table or in JSON; the message tells users why.
no_place <- function(...) {
  stop(structure(
    class = c("no_place", "error", "condition"),
    list(message = paste0(...), call = NULL)
  ))
}

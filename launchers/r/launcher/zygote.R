# The zygote: R and its default packages loaded, one thread, no user code. It only forks.

zygote <- function(folder) {
  # Loads and compiles what satellites would else each load and compile for themselves.
  exercise(loads = TRUE)
  preload_all()
  check_alone()
  top <- links()
  # What is alive now is old for the collector: a satellite's need not look at (and so copy) it often.
  gc(full = TRUE)
  # A process that does what satellites do shows which memory they will use.
  if (.Call(native$rehearse)) {
    tryCatch(
      {
        exercise()
        use_packages()
        hide_all()
      },
      finally = .Call(native$rehearsed)
    )
  }
  forked <- .Call(
    native$forks, folders(folder), names(top), unname(top), described(), .libPaths()
  )
  if (forked) {
    satellite()
  }
}

# From here on code of packages may run: neither it nor scripts can do more than scripts may.
confine <- function() {
  # Satellites make their own; this one would stay behind when the zygote is killed.
  unlink(tempdir(), recursive = TRUE)
  setwd("/")
  .Call(native$confine)
}

# A second thread would be lost in a fork, maybe with a lock.
check_alone <- function() {
  if (.Call(native$tasks) != 1L) {
    stop("something that the R launcher loads has started a thread", call. = FALSE)
  }
}

described <- function() {
  paste0("R ", getRversion(), " (", R.home(), ")")
}

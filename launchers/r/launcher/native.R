# The native part: its functions as `native$name`, told in Rust where they are.

native <- new.env(parent = emptyenv())

load_native <- function(folder) {
  library <- dyn.load(file.path(folder, "launchpad_r.so"))
  names <- c(
    "close_output", "confine", "declared", "done", "end_trial", "flush", "forks", "imports", "json",
    "json_changes", "leave", "leave_fork", "next_assignment", "next_preload", "no_place", "params",
    "preloaded", "processors", "raised", "random", "read_frame", "read_parameters", "read_run", "ready",
    "refused", "same", "settle", "tasks", "try", "write_columns"
  )
  for (name in names) {
    assign(name, getNativeSymbolInfo(paste0("launchpad_", name), library), envir = native)
  }
}

# Once, in the zygote: else every satellite would do it by itself at the second call of a function.
compile <- function(place = environment(compile)) {
  for (name in ls(place)) {
    value <- get(name, place)
    if (is.function(value)) assign(name, compiler::cmpfun(value), envir = place)
  }
}

# What scripts do with packages that are preloaded: once in the zygote, which loads what is loaded late, and
# in each satellite, so that a script finds the memory in place.

rehearsals <- new.env(parent = emptyenv())
# Functions without arguments.
rehearsals$parts <- list()

rehearsal_rows <- data.frame(x = as.numeric(1:20), y = as.numeric(1:20) %% 3)

# In the zygote, which has just loaded the package.
prepare_rehearsal <- function(package) {
  part <- switch(package,
    data.table = rehearse_table(),
    ranger = rehearse_forest()
  )
  if (!is.null(part)) {
    part()
    rehearsals$parts[[package]] <- part
  }
}

# In a satellite.
rehearse <- function() {
  for (package in names(rehearsals$parts)) {
    show(package)
    rehearsals$parts[[package]]()
  }
}

rehearse_table <- function() {
  data <- getNamespace("data.table")
  code <- quote(as.data.table(rows)[, list(x = sum(x)), by = y])
  function() {
    place <- list2env(list(rows = rehearsal_rows, .datatable.aware = TRUE), parent = data)
    if (nrow(eval(code, place)) != 3L) stop("the rehearsal of data.table is wrong", call. = FALSE)
  }
}

# A fitted model is unserialized and asked, as scoring does.
rehearse_forest <- function() {
  forest <- getNamespace("ranger")
  fit <- serialize(forest$ranger(y ~ x, rehearsal_rows, num.trees = 2L, num.threads = 1L), NULL)
  function() {
    answer <- forest$predict.ranger(unserialize(fit), data = rehearsal_rows, num.threads = 1L)
    if (length(answer$predictions) != nrow(rehearsal_rows)) {
      stop("the rehearsal of ranger is wrong", call. = FALSE)
    }
  }
}

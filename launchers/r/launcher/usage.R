# What scripts do with packages that are preloaded: once in the zygote, which loads what is loaded late, and
# again in the process that rehearses for satellites, so that a script finds the memory in place.

usage <- new.env(parent = emptyenv())
# Functions without arguments.
usage$parts <- list()

usage_rows <- data.frame(x = as.numeric(1:20), y = as.numeric(1:20) %% 3)

# In the zygote, which has just loaded the package.
prepare_usage <- function(package) {
  part <- switch(package,
    data.table = use_table(),
    ranger = use_forest()
  )
  if (!is.null(part)) {
    part()
    usage$parts[[package]] <- part
  }
}

# As a script that attaches all packages and does with them what scripts do. For a process that ends
# afterwards.
use_packages <- function() {
  for (package in names(preloads$groups)) {
    suppressPackageStartupMessages(suppressWarnings(library(package, character.only = TRUE)))
    if (is.function(usage$parts[[package]])) usage$parts[[package]]()
  }
}

use_table <- function() {
  data <- getNamespace("data.table")
  code <- quote(as.data.table(rows)[, list(x = sum(x)), by = y])
  function() {
    place <- list2env(list(rows = usage_rows, .datatable.aware = TRUE), parent = data)
    if (nrow(eval(code, place)) != 3L) stop("the use of data.table is wrong", call. = FALSE)
  }
}

# A fitted model is unserialized and asked, as scoring does. It has the size of an ordinary one, so that
# the memory for that is in place.
use_forest <- function() {
  forest <- getNamespace("ranger")
  numbers <- seq_len(1000L)
  rows <- data.frame(x = (numbers * 7919) %% 1009, y = numbers %% 7)
  fit <- serialize(forest$ranger(y ~ x, rows, num.trees = 100L, num.threads = 1L), NULL)
  function() {
    answer <- forest$predict.ranger(unserialize(fit), data = rows, num.threads = 1L)
    if (length(answer$predictions) != nrow(rows)) {
      stop("the use of ranger is wrong", call. = FALSE)
    }
  }
}

# Output parameters: what became of a script's variables, as JSON that jsonb takes.

# Each variable's JSON text; null for one that is no more.
texts <- function(names, variables) {
  values <- stats::setNames(lapply(names, function(name) jsonable(variables[[name]])), names)
  if (!length(values)) {
    return(character())
  }
  made <- .Call(native$json, values)
  if (is.null(names(made))) no_place(made)
  made
}

jsonable <- function(value) {
  if (inherits(value, "POSIXlt")) as.POSIXct(value) else value
}

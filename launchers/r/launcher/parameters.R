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

# With the moments that POSIXlt means in place of its parts, however deep in lists.
jsonable <- function(value) {
  if (inherits(value, "POSIXlt")) {
    return(as.POSIXct(value))
  }
  if (is.list(value)) {
    plain <- unclass(value)
    inner <- which(vapply(plain, is.list, FALSE))
    if (length(inner)) {
      plain[inner] <- lapply(plain[inner], jsonable)
      attributes(plain) <- attributes(value)
      return(plain)
    }
  }
  value
}

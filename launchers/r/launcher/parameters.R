# R's values as JSON that jsonb takes: output parameters, and what a column has for json and jsonb.

# What became of a script's variables: each one's JSON text; null for one that is no more.
texts <- function(names, variables) {
  if (!length(names)) {
    return(character())
  }
  vapply(stats::setNames(nm = names), function(name) {
    json(list(variables[[name]]), paste0('parameter "', name, '" '))
  }, "")
}

# The text of each value of a list, or of each row of a data frame. `where`: the beginning of the message
# about one that has no place in JSON.
json <- function(values, where) {
  made <- .Call(native$json, jsonable(values, where))
  if (is.list(made)) no_place(where, made[[1]])
  made
}

# With all that the native part does not know as something that it does, however deep in lists.
jsonable <- function(value, where) {
  refuse <- function(type) no_place(where, "is of type ", type, ", which has no place in jsonb")
  value <- shown(value, "text", refuse)
  if (inherits(value, "ITime")) {
    return(clock(value))
  }
  if (length(dim(value)) > 1L && !is.data.frame(value)) value <- slices(value)
  if (!is.list(value)) {
    return(value)
  }
  plain <- if (is.data.frame(value)) lapply(unclass(value), flat) else unclass(value)
  inner <- vapply(plain, function(part) is.list(part) || is.object(part) || length(dim(part)) > 0L, FALSE)
  plain[inner] <- lapply(plain[inner], jsonable, where)
  attributes(plain) <- attributes(value)
  plain
}

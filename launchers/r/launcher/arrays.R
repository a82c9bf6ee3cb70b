# Matrices, arrays and lists in lists as PostgreSQL's arrays of several dimensions.

# Of one cell: its elements, by the last dimension first, and the lengths of its dimensions: NULL where there
# is one, none where lists differ in length, which the backend refuses. `are_rows`: elements are composites.
unfold <- function(cell, are_rows) {
  if (is.null(cell) || is.data.frame(cell)) {
    return(list(elements = cell))
  }
  lengths <- dim(cell)
  if (length(lengths) > 1L) {
    order <- as.vector(aperm(array(seq_along(cell), lengths)))
    dim(cell) <- NULL
    return(list(elements = cell[order], lengths = lengths))
  }
  dim(cell) <- NULL
  several <- if (is.list(cell) && !is.object(cell)) vapply(cell, is_several, FALSE, are_rows) else FALSE
  if (!any(several)) {
    return(list(elements = cell))
  }
  inner <- lapply(unname(cell), unfold, are_rows)
  own <- unique(lapply(inner, function(part) {
    if (is.null(part$lengths)) length(part$elements) else part$lengths
  }))
  if (!all(several) || length(own) > 1L || !length(own[[1]])) {
    return(list(elements = list(), lengths = integer()))
  }
  elements <- do.call(c, lapply(inner, function(part) as.list(part$elements)))
  list(elements = elements, lengths = c(length(cell), own[[1]]))
}

# Whether what a list has in it is no single element.
is_several <- function(value, are_rows) {
  if (are_rows) {
    return(is.list(value) && !is.object(value) && is.null(names(value)) && any(vapply(value, is.list, FALSE)))
  }
  if (is.null(value) || is.raw(value)) {
    return(FALSE)
  }
  is.list(value) && !is.object(value) || is.atomic(value) && (length(value) != 1L || length(dim(value)) > 1L)
}

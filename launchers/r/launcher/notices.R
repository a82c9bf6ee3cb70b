# What a script returned that is probably not what it meant: lines on standard error, which become warnings.

tell <- function(...) {
  if (isTRUE(getOption("warn") >= 0)) cat(..., "\n", sep = "", file = stderr())
}

# Of what is returned as the variable `name`: names of rows, and columns that are not where they are declared.
tell_lost <- function(value, columns, name, declared) {
  if (!length(declared)) {
    return(invisible())
  }
  if (named_rows(value)) {
    tell('the row names of "', name, '" are not returned; as a column they are rownames(', name, ")")
  }
  labels <- tolower(names(columns))
  wanted <- tolower(names(declared))
  if (!identical(labels, wanted) && !anyDuplicated(labels) && identical(sort(labels), sort(wanted))) {
    tell(
      '"', name, '" has the declared columns in another order; they are matched by position: ',
      paste0('"', names(columns), '" is returned as "', names(declared), '"', collapse = ", ")
    )
  }
}

# Whether rows have names that are neither mere numbers nor in a column.
named_rows <- function(value) {
  names <- if (is.data.frame(value)) attr(value, "row.names") else dimnames(value)[[1]]
  is.character(names) && any(grepl("[^0-9]", names)) && !(is.data.frame(value) && any(vapply(
    as.list(unclass(value)), function(column) identical(as.vector(column, "character"), names), FALSE
  )))
}

# A column of the input in another case is NULL, and what is calculated with it has no rows.
tell_case <- function(code, input, place) {
  frame <- if (length(input)) get0(input, envir = place, inherits = FALSE)
  if (is.data.frame(frame)) {
    frames <- structure(list(frame), names = input)
    wrong <- tryCatch(columns_in_case(code, frames), error = function(error) character())
    for (line in wrong) tell(line)
  }
}

# No data set though columns are declared.
tell_unassigned <- function(name, declared, variables) {
  if (!length(declared)) {
    return(invisible())
  }
  other <- setdiff(variables[tolower(variables) == tolower(name)], name)
  tell(
    'the script assigned nothing to "', name, '", so there are no rows',
    if (length(other)) paste0('; it has a variable "', other[1], '"')
  )
}

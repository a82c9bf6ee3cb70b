# Tables written and read again by the native part.

# `wanted`: what is declared, as `declared_as` makes it.
written <- function(value, wanted = raw()) {
  launcher$write_table(value, "OutputDataSet", wanted, TRUE)
}

returned <- function(value, wanted = raw()) {
  .Call(native$read_frame, written(value, wanted))
}

# A schema with the columns of `value`.
declared_as <- function(value) schema_of(written(value))

# A stream's first message, with its marker and length.
schema_of <- function(stream) {
  length <- readBin(stream[5:8], "integer", endian = "little")
  stream[seq_len(8L + length)]
}

# One column there and back; `as`: a column of the declared type, maybe none.
column <- function(values, as = NULL) {
  returned(list(x = values), if (is.null(as)) raw() else declared_as(list(x = as)))$x
}

# The message for users of why something has no place in a table or in JSON; NULL if it has one.
refusal <- function(expression) {
  tryCatch(
    {
      expression
      NULL
    },
    no_place = conditionMessage
  )
}

# A data frame that nothing has been done to: columns of any kind, even of uneven length.
frame <- function(...) {
  columns <- list(...)
  structure(columns, class = "data.frame", row.names = seq_along(columns[[1]]))
}

# As the package bit64 keeps them: integers in the bits of doubles. `high`, `low`: their halves.
integer64 <- function(high, low) {
  halves <- as.vector(rbind(low, high))
  structure(readBin(writeBin(halves, raw(), endian = "little"), "double", length(low)), class = "integer64")
}

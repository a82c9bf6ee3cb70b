# What a script returned as columns: the shapes that count as a table, then each column as one of the
# vectors that the native part writes.

shapes <- "a data frame, a matrix, a vector or a named list of columns"

# PostgreSQL's own limit.
max_columns <- 1600L

# Writes what the script's variable `name` holds; returns the number of rows. `wanted`: the declared
# columns, maybe none; `sink`: NULL for the request's output, else the stream is returned.
write_table <- function(value, name, wanted, sink) {
  declared <- .Call(native$declared, wanted)
  if (is_nothing(value)) {
    columns <- lapply(declared, function(column) logical())
  } else {
    columns <- split_columns(value, name)
    if (length(columns) > max_columns) {
      no_place('"', name, '" has ', length(columns), " columns; a table has at most ", max_columns)
    }
    tell_lost(value, columns, name, declared)
  }
  labels <- labels_of(columns)
  # A count that differs is the backend's to report: it knows what was declared.
  if (length(declared) != length(columns)) declared <- rep(list(unknown), length(columns))
  columns <- unname(Map(plain, unname(columns), labels, unname(declared)))
  written <- .Call(native$write_columns, columns, labels, wanted, sink)
  if (is.character(written)) no_place(written)
  written
}

# Neither rows nor columns: a result without rows, whatever is declared.
is_nothing <- function(value) {
  if (is.data.frame(value) || is.matrix(value)) {
    return(all(dim(value) == 0L))
  }
  is.list(value) && !is.object(value) && !length(value)
}

# A list of columns.
split_columns <- function(value, name) {
  if (inherits(value, "POSIXlt")) value <- as.POSIXct(value)
  if (is.raw(value)) {
    return(list(one_value(value)))
  }
  if (is.data.frame(value)) {
    columns <- as.list(unclass(value))
    attributes(columns) <- list(names = names(value))
    return(only_bytes(columns))
  }
  if (!is.null(text_generic(value)) && !inherits(value, native_classes)) {
    return(list(value))
  }
  dimensions <- length(dim(value))
  if (is.atomic(value) && !is.null(value) && dimensions <= 2L && !isS4(value)) {
    if (dimensions < 2L) {
      return(list(value))
    }
    if (inherits(value, silent_classes)) value <- unclass(value)
    columns <- lapply(seq_len(ncol(value)), function(index) unname(value[, index]))
    return(stats::setNames(columns, colnames(value)))
  }
  if (is.list(value) && !is.object(value) && length(value) && !is.null(names(value))) {
    return(only_bytes(as.list(value)))
  }
  no_place('"', name, '" is of type ', type_of(value), "; it must be ", shapes)
}

# So R scripts return a model: data.frame(model = serialize(m, NULL)).
only_bytes <- function(columns) {
  if (length(columns) == 1L && is.raw(columns[[1]])) columns[[1]] <- one_value(columns[[1]])
  columns
}

# All bytes as one value of a column; none is NULL.
one_value <- function(bytes) {
  list(if (length(bytes)) bytes)
}

labels_of <- function(columns) {
  labels <- names(columns)
  if (is.null(labels)) labels <- rep("", length(columns))
  missing <- is.na(labels) | !nzchar(labels)
  labels[missing] <- paste0("column", seq_along(columns))[missing]
  enc2utf8(labels)
}

# What a column is declared as: `kind` is "value", "list" or "struct"; `of` what the elements are or, by
# their names, the fields; of a value "number", "text", "wall" (it
# has no time zone) or "other".
unknown <- list(kind = "", of = NULL)

# A column as a vector, factor, data frame, list of raw vectors or `launchpad_lists`.
plain <- function(column, label, declared) {
  if (is.raw(column)) {
    no_place(
      'column "', label, '" is of type raw, which returns as one value only where it is the one column;',
      " list(serialize(m, NULL)) is a column of one value"
    )
  }
  if (is.data.frame(column)) {
    if (declared$kind == "value") {
      return(json(column, column_place(label)))
    }
    return(frame_column(column, label, declared))
  }
  column <- flat(cell(column, label, declared))
  if (identical(declared$of, "wall") && inherits(column, "POSIXct")) {
    return(wall_clock(column))
  }
  if (length(dim(column)) > 1L) {
    no_place('column "', label, '" is a matrix; a column of a table is a vector')
  }
  if (is.complex(column) && all(is.na(column))) {
    return(rep(NA, length(column)))
  }
  if (is.list(column)) {
    return(plain_list(column, label, declared))
  }
  if (!is.atomic(column) || is.null(column) || is.complex(column)) no_table(label, type_of(column))
  column
}

# What a value of a class shows where that is declared.
cell <- function(value, label, declared) {
  while (identical(declared$kind, "list")) declared <- declared$of
  takes <- if (identical(declared$kind, "value")) declared$of
  shown(value, takes, function(type) no_table(label, type))
}

no_table <- function(label, type) {
  no_place(column_place(label), "is of type ", type, ", which has no place in a table")
}

column_place <- function(label) paste0('column "', label, '" ')

# The clock that R prints, in the moments' own time zone or else the session's, as moments in UTC.
wall_clock <- function(moments) {
  zone <- attr(moments, "tzone")[1]
  lengths <- dim(moments)
  if (!identical(zone, "UTC") && !identical(zone, "GMT")) {
    offset <- as.POSIXlt(moments)$gmtoff
    offset[is.na(offset)] <- 0
    moments <- unclass(moments) + offset
  }
  structure(as.vector(moments), class = c("POSIXct", "POSIXt"), tzone = "UTC", dim = lengths)
}

frame_column <- function(frame, label, declared) {
  columns <- as.list(unclass(frame))
  names <- labels_of(columns)
  fields <- lapply(names, function(name) if (is.null(declared$of[[name]])) unknown else declared$of[[name]])
  parts <- Map(plain, unname(columns), paste0(label, ".", names), fields)
  structure(stats::setNames(parts, names), class = "data.frame", row.names = seq_len(nrow(frame)))
}

plain_list <- function(column, label, declared) {
  column <- unclass(column)
  objects <- vapply(column, is.object, FALSE)
  column[objects] <- lapply(column[objects], cell, label, declared)
  of <- if (declared$kind == "list") declared$of$of else declared$of
  if (identical(of, "wall")) {
    # Each in its own zone, before they are one vector.
    moments <- vapply(column, inherits, FALSE, "POSIXct")
    column[moments] <- lapply(column[moments], wall_clock)
  }
  raw <- vapply(column, is.raw, FALSE)
  if (declared$kind == "struct" || (any(raw) && declared$kind != "list")) {
    # R's NA is a vector, which is not a value of these types.
    column[vapply(column, untyped, FALSE) & lengths(column) == 1L] <- list(NULL)
  }
  null <- vapply(column, is.null, FALSE)
  if (all(null) && nzchar(declared$kind)) {
    # Nothing that is of a type: it fits any.
    return(rep(NA, length(column)))
  }
  if (all(null | raw) && declared$kind != "list") {
    return(column)
  }
  if (declared$kind == "struct") {
    return(frame_column(bind_rows(column, label, declared), label, declared))
  }
  scalar <- vapply(column, function(value) is.atomic(value) && !is.raw(value) && length(value) == 1L, FALSE)
  if (declared$kind == "value" && all(null | scalar)) {
    return(plain(joined(replace(column, null, NA), label), label, declared))
  }
  vector <- vapply(column, function(value) is.atomic(value) && !is.raw(value), FALSE)
  if (declared$kind == "list" || (declared$kind == "" && all(null | vector))) {
    return(nested(column, null, label, declared))
  }
  json_rows(column, null, label)
}

# Vectors as one, in the type that holds all of them; classes such as Date stay.
joined <- function(values, label) {
  values <- unname(values)
  if (!any(vapply(values, is.object, FALSE))) {
    return(unlist(values, recursive = FALSE, use.names = FALSE))
  }
  values <- lapply(values, function(value) {
    if (is.factor(value)) {
      as.character(value)
    } else if (inherits(value, native_classes)) {
      value
    } else {
      unclass(value)
    }
  })
  objects <- Filter(is.object, values)
  if (!length(objects)) {
    return(unlist(values, recursive = FALSE, use.names = FALSE))
  }
  # c() would take the others for what the first is.
  kinds <- vapply(Filter(function(value) !is.null(value) && !untyped(value), values), function(value) {
    if (inherits(value, "difftime")) "difftime" else type_of(value)
  }, "")
  if (length(unique(kinds)) > 1L) {
    no_place(column_place(label), "mixes ", paste(unique(kinds), collapse = " and "))
  }
  first <- objects[[1]]
  values <- lapply(values, function(value) {
    if (untyped(value)) first[rep(NA_integer_, length(value))] else value
  })
  # c() goes by the class of the first; a NULL before it has none.
  all <- do.call(c, c(list(first), values))
  if (!is.object(all)) {
    no_place(column_place(label), "is of type ", type_of(first), ", whose package is not loaded")
  }
  all[seq_along(all) > length(first)]
}

# NA without a class.
untyped <- function(value) {
  is.atomic(value) && !is.null(value) && !is.raw(value) && !is.object(value) && all(is.na(value))
}

# A column of lists for a column of arrays.
nested <- function(column, null, label, declared) {
  dimensions <- list()
  atomic <- all(vapply(column, is.atomic, FALSE) | null)
  if (!atomic || any(lengths(lapply(column, dim)))) {
    unfolded <- lapply(column, unfold, identical(declared$of$kind, "struct"))
    column <- lapply(unfolded, `[[`, "elements")
    dimensions <- lapply(unfolded, `[[`, "lengths")
  }
  lengths <- lengths(column)
  lengths[null] <- NA_integer_
  if (atomic) {
    values <- joined(column, label)
  } else if (all(vapply(column, is.data.frame, FALSE) | null)) {
    lengths[!null] <- vapply(column[!null], nrow, 0L)
    values <- do.call(rbind, unname(column[!null]))
  } else if (any(vapply(column, is.list, FALSE))) {
    values <- do.call(c, lapply(unname(column), as.list))
  } else {
    values <- joined(column, label)
  }
  if (is.null(values)) values <- logical()
  of <- if (is.null(declared$of)) unknown else declared$of
  parts <- list(as.integer(lengths), plain(values, label, of))
  if (!all(vapply(dimensions, is.null, FALSE))) parts[[3]] <- dimensions
  structure(parts, class = "launchpad_lists")
}

# Named lists, one a row, as a data frame; NULL is a row of NA.
bind_rows <- function(rows, label, declared) {
  named <- vapply(rows, function(row) is.null(row) || !is.null(names(row)), FALSE)
  if (!all(named)) {
    no_place('column "', label, '" holds lists without names for a composite')
  }
  names <- unique(unlist(lapply(rows, names)))
  fields <- lapply(names, function(name) {
    values <- lapply(rows, function(row) if (is.null(row[[name]])) NA else row[[name]])
    values <- lapply(values, cell, paste0(label, ".", name), declared$of[[name]])
    simple <- all(vapply(values, function(value) is.atomic(value) && length(value) == 1L, FALSE))
    if (simple) joined(values, paste0(label, ".", name)) else values
  })
  structure(stats::setNames(fields, names), class = "data.frame", row.names = seq_along(rows))
}

# Lists in a column that is neither of arrays nor of composites, as JSON.
json_rows <- function(column, null, label) {
  texts <- rep(NA_character_, length(column))
  texts[!null] <- json(unname(column[!null]), column_place(label))
  texts
}

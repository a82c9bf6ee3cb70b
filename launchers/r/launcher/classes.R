# Values of R's classes as what people see of them. What a class shows counts, never how it keeps it.

# The native part has types for these.
native_classes <- c("factor", "Date", "POSIXct", "difftime", "ITime", "integer64", "data.frame")

# These say nothing about what their values are, whatever methods they have.
silent_classes <- c(
  "AsIs", "noquote", "table", "xtabs", "ts", "mts", "summaryDefault", "dist", "list", "vctrs_list_of"
)

# The value as the native part takes it: as its class's text where the class has one. `takes`: of what type
# the place is, "number", "wall" or "other" (neither number nor text), else text; `refuse`: called with what
# is the matter where the value has no place.
shown <- function(value, takes, refuse) {
  if (inherits(value, "POSIXlt")) {
    return(as.POSIXct(value))
  }
  if (!is.object(value) || inherits(value, native_classes)) {
    return(value)
  }
  generic <- text_generic(value)
  if (is.null(generic)) {
    # What a list or an S4 object holds means nothing without the class.
    if (isS4(value) || (is.list(value) && !inherits(value, silent_classes))) refuse(type_of(value))
    return(value)
  }
  if (identical(takes, "number") && is.numeric(unclass(value))) {
    numbers <- called("as.numeric", value)
    # Else it takes the value apart.
    if (length(numbers) != NROW(value)) refuse(type_of(value))
    return(numbers)
  }
  missing <- tryCatch(as.vector(is.na(value)), error = function(error) FALSE)
  if (takes_neither(takes) && !is.character(value) && !all(missing)) refuse(type_of(value))
  text <- tryCatch(as.character(called(generic, value)), error = function(error) NULL)
  if (generic == "format") text <- trimws(text)
  # Else it describes the whole.
  if (length(text) != NROW(value)) refuse(type_of(value))
  if (length(missing) == length(text)) text[missing] <- NA
  names <- names(value)
  if (length(names) == length(text)) names(text) <- names
  text
}

takes_neither <- function(takes) {
  identical(takes, "wall") || identical(takes, "other")
}

# The function's name that makes the text of the value's class; NULL if the class has none of its own.
text_generic <- function(value) {
  if (!is.object(value) || !(is.atomic(value) || is.list(value) || isS4(value))) {
    return(NULL)
  }
  classes <- setdiff(if (isS4(value)) methods::is(value) else class(value), silent_classes)
  has <- function(generic) {
    any(vapply(classes, function(class) {
      !is.null(utils::getS3method(generic, class, optional = TRUE, envir = globalenv())) ||
        (isS4(value) && methods::existsMethod(generic, class))
    }, FALSE))
  }
  Find(has, c("as.character", "format"))
}

# Where methods of the script's own are seen, too.
called <- function(name, value) do.call(name, list(value), envir = globalenv())

type_of <- function(value) {
  if (is.object(value)) {
    return(class(value)[1])
  }
  if (length(dim(value)) > 2L) "array" else typeof(value)
}

# An array of one column as a vector; others as they are.
flat <- function(value) {
  if (length(dim(value)) && !is.data.frame(value) && prod(dim(value)[-1L]) == 1) dim(value) <- NULL
  value
}

# An array as the list of its rows, and so on inward.
slices <- function(value) {
  dimensions <- dim(value)
  if (inherits(value, silent_classes)) value <- unclass(value)
  place <- as.vector(slice.index(value, 1L))
  lapply(seq_len(dimensions[1]), function(index) {
    slice <- value[place == index]
    if (length(dimensions) == 2L) {
      return(I(slice))
    }
    dim(slice) <- dimensions[-1L]
    slices(slice)
  })
}

# Seconds of a day as its time.
clock <- function(time) {
  seconds <- as.integer(unclass(time))
  text <- sprintf("%02d:%02d:%02d", seconds %/% 3600L, seconds %/% 60L %% 60L, seconds %% 60L)
  text[is.na(seconds)] <- NA
  text
}

# What a failing script may have meant: names that are there in another case, for SQL folds those that are
# not quoted.

# Lines for the traceback. `code`: the parsed script; `message`: the error's.
other_case <- function(code, message, place) {
  frames <- Filter(is.data.frame, as.list(place))
  wrong <- columns_in_case(code, frames)
  # A variable, or what a formula takes for one.
  name <- regmatches(message, regexec("^object '(.*)' not found$", message))[[1]][2]
  if (!is.na(name)) {
    wrong <- c(wrong, in_case(name, ls(place)))
    for (frame in names(frames)) wrong <- c(wrong, in_case(name, names(frames[[frame]]), frame))
  }
  unique(wrong)
}

# Columns that data frames have not, by $, [[ ]] or [ ]: NULL by the first, without an error.
columns_in_case <- function(code, frames) {
  wrong <- character()
  look <- function(part) {
    if (!is.call(part)) {
      return(invisible())
    }
    # Without what is left out, as in x[, 1].
    parts <- as.list(part)[nzchar(as.character(part))]
    operator <- parts[[1]]
    if (is.name(operator) && as.character(operator) %in% c("$", "[[", "[") && is.name(parts[[2]])) {
      frame <- as.character(parts[[2]])
      asked <- parts[-(1:2)]
      asked <- if (operator == quote(`$`)) as.character(asked) else Filter(is.character, asked)
      for (name in asked) wrong <<- c(wrong, in_case(name, names(frames[[frame]]), frame))
    }
    for (inner in parts) if (is.call(inner)) look(inner)
  }
  for (part in code) look(part)
  unique(wrong)
}

in_case <- function(name, known, frame = NULL) {
  found <- if (!(name %in% known)) known[tolower(known) == tolower(name)]
  if (length(found)) {
    paste0('There is no "', name, '"', if (length(frame)) paste(" in", frame), ', but "', found[1], '".')
  }
}

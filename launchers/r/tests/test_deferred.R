# The input's long text columns, whose strings are made when they are asked for: whatever a script does
# with one, it sees that of its strings.

# A few more than short columns have at most, which are made of strings at once.
rows <- 1030L
texts <- list(
  mixed = rep_len(c("\u00fc\U1F600", NA, "", "b", "NA"), rows),
  no_na = rep_len(c("x", "", "yy"), rows),
  distinct = as.character(seq_len(rows)),
  all_na = rep_len(NA_character_, rows),
  empty = rep_len("", rows),
  long = rep_len(c(strrep("\u20ac", 500), "a", NA), rows)
)
fresh <- function(name) column(texts[[name]])
is_deferred <- function(x) identical(as.character(.Internal(altrep_class(x))[[1]]), "launchpad_texts")
expect_true(is_deferred(fresh("mixed")))
expect_null(.Internal(altrep_class(column(c("a", "b")))))

uses <- list(
  whole = function(x) x,
  element = function(x) x[[4]],
  elements = function(x) x[c(2, 9, NA, 4, length(x) + 1L)],
  negative = function(x) x[-1],
  by_flags = function(x) x[c(TRUE, FALSE)],
  last = function(x) tail(x, 3),
  backwards = function(x) rev(x),
  missing = function(x) is.na(x),
  any_missing = function(x) anyNA(x),
  characters = function(x) nchar(x),
  bytes = function(x) nchar(x, "bytes"),
  upper = function(x) toupper(x),
  pasted = function(x) paste0(x, "!"),
  unique = function(x) unique(x),
  duplicated = function(x) duplicated(x),
  match = function(x) match(c("b", "x", "7", NA), x),
  sorted = function(x) sort(x),
  order = function(x) order(x),
  radix = function(x) order(x, method = "radix"),
  factor = function(x) factor(x),
  table = function(x) if (length(unique(x)) < 10L) table(x),
  equal = function(x) x == "b",
  encoding = function(x) Encoding(x),
  longer = function(x) c(x, "z"),
  listed = function(x) as.list(x),
  numbers = function(x) suppressWarnings(as.integer(x)),
  replaced = function(x) {
    x[4] <- "z"
    x
  },
  copy_replaced = function(x) {
    y <- x
    y[c(1, 3)] <- "z"
    list(x, y)
  },
  seen_then_replaced = function(x) {
    first <- x[[1]]
    y <- x
    y[2] <- NA
    list(x, y, first, anyNA(y))
  },
  missing_then_not = function(x) {
    x[is.na(x)] <- "none"
    list(anyNA(x), x)
  },
  named = function(x) {
    y <- x
    names(y) <- seq_along(y)
    attr(y, "k") <- 1
    list(x, y)
  },
  shorter = function(x) {
    length(x) <- 3
    x
  },
  class = function(x) {
    y <- I(x)
    y[1:2]
  },
  serialized = function(x) unserialize(serialize(x, NULL)),
  old_format = function(x) unserialize(serialize(x, NULL, version = 2)),
  same_bytes = function(x) serialize(x, NULL),
  collected = function(x) {
    some <- x[1:10]
    gc(full = TRUE)
    list(some, x)
  },
  frames = function(x) rbind(data.frame(x), data.frame(x)),
  ordered = function(x) {
    both <- data.frame(x, n = seq_along(x))
    both[order(both$n, decreasing = TRUE), ]
  },
  each = function(x) vapply(x, identity, "", USE.NAMES = FALSE),
  split = function(x) if (length(unique(x)) < 10L) split(seq_along(x), x),
  formatted = function(x) format(x[1:20]),
  assigned_in_frame = function(x) {
    frame <- data.frame(x)
    frame$x[2] <- "w"
    list(frame, x)
  },
  searched = function(x) grepl("a|x", x),
  cut = function(x) substr(x, 1, 1),
  written = function(x) returned(data.frame(x)),
  written_later = function(x) {
    x[1] <- "w"
    returned(data.frame(x, y = x))
  },
  written_seen = function(x) {
    x[[3]]
    returned(data.frame(x, y = x))
  }
)
for (name in names(texts)) {
  for (use in names(uses)) {
    made <- fresh(name)
    expect_identical(uses[[use]](made), uses[[use]](texts[[name]]), info = paste(name, use))
    # Who has it beside has the same as before.
    expect_identical(made, texts[[name]], info = paste(name, "after", use))
  }
}

# Sent back as they came.
for (name in names(texts)) {
  made <- fresh(name)
  expect_identical(as.list(returned(list(a = made, b = made))), list(a = texts[[name]], b = texts[[name]]))
}
# A part of a composite.
made <- fresh("mixed")
nested <- data.frame(n = seq_along(made))
nested$frame <- data.frame(t = made)
expect_identical(returned(nested)$frame$t, texts$mixed)

# What is stored is an ordinary vector, which no class is needed for.
saveRDS(fresh("no_na"), file <- tempfile())
code <- "x <- readRDS('%s'); if (!identical(x, rep_len(c('x', '', 'yy'), %dL))) quit(status = 1)"
arguments <- c("--vanilla", "-e", shQuote(sprintf(code, file, rows)))
expect_identical(system2(file.path(R.home("bin"), "Rscript"), arguments, stderr = FALSE), 0L)

# A long column brings its own memory, which goes with it.
mapped <- function() as.numeric(strsplit(readLines("/proc/self/statm"), " ")[[1]][1]) * 4096
stream <- written(list(x = as.numeric(1:3e5), n = 1:3e5, t = rep_len(c("a", NA), 3e5)))
gc(full = TRUE)
before <- mapped()
for (turn in 1:20) {
  .Call(native$read_frame, stream)
  gc(full = TRUE)
}
expect_true(mapped() - before < 60e6)

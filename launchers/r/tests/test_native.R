# The native part under bad arguments, and under R's collector at its worst.

# What the launcher's own code would not pass is an error, and R goes on.
expect_error(.Call(native$read_frame, as.raw(1:9)))
expect_error(.Call(native$read_frame, raw()))
whole <- written(list(a = 1:3, s = c("a", NA, "b")))
for (length in seq(1, length(whole), by = 37)) {
  result <- tryCatch(.Call(native$read_frame, whole[seq_len(length)]), error = identity)
  expect_true(inherits(result, "error") || identical(names(result), c("a", "s")), info = length)
}
expect_error(.Call(native$declared, as.raw(1:20)), "^the R launcher passed a malformed schema$")
expect_identical(
  .Call(native$write_columns, list(1i), "a", raw(), TRUE),
  'column "a" is of type complex, which has no place in a table'
)
expect_error(.Call(native$json_changes, c(a = "1"), "2"), "^the R launcher passed no texts$")
expect_error(.Call(native$params, 1), "^the R launcher passed no text$")

expect_true(.Call(native$same, launcher, launcher))
expect_false(.Call(native$same, c(1, 2), c(1, 2)))
random <- replicate(8, .Call(native$random))
expect_true(is.integer(random) && all(random >= 0) && length(unique(random)) > 1)

# The exercise of every satellite.
expect_silent(launcher$exercise())

# A collection at each allocation: what is not protected is gone at once.
tortured <- function(call) {
  gctorture(TRUE)
  on.exit(gctorture(FALSE))
  call
}
rows <- list(
  b = c(TRUE, NA), i = c(1L, NA), x = c(0.5, NA), s = c("\u00fc", NA), d = as.Date(c("2024-02-29", NA)),
  t = .POSIXct(c(0.5, NA), tz = "UTC"), f = factor(c("u", NA)), r = list(as.raw(1:3), NULL),
  l = structure(list(c(2L, NA), c("p", NA)), class = "launchpad_lists"), n = frame(a = 1:2, k = c("v", NA))
)
kept <- unserialize(serialize(rows, NULL))
stream <- tortured(.Call(native$write_columns, rows, names(rows), raw(), TRUE))
expect_identical(rows, kept)
result <- tortured(.Call(native$read_frame, stream))
expected <- rows
expected$f <- as.character(rows$f)
expected$l <- list(c("p", NA), NULL)
expect_identical(as.list(result), expected)
values <- tortured(.Call(native$json, list(p = list(a = 1L, s = c("x", "\u00fc")), q = rows$n)))
expect_identical(
  values, c('{"a": 1, "s": ["x", "\u00fc"]}', '[{"a": 1, "k": "v"}, {"a": 2, "k": null}]')
)
wanted <- declared_as(list(l = list(1L), f = frame(a = 1L)))
declared <- tortured(.Call(native$declared, wanted))
value <- list(kind = "value", of = "number")
expect_identical(
  declared, list(l = list(kind = "list", of = value), f = list(kind = "struct", of = list(a = value)))
)
for (turn in 1:3) expect_error(tortured(.Call(native$read_frame, as.raw(1:9))))

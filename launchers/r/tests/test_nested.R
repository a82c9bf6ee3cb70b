# Columns of lists and of data frames: arrays, composites, and JSON where neither is declared.

# Arrays, declared or not.
for (lists in list(
  list(1:3, NULL, integer(), NA_integer_), list(c(1.5, NA), numeric()), list(c("a", NA), character(), NULL),
  list(c(TRUE, NA)), list(as.Date(c("2024-02-29", NA)), NULL, structure(numeric(), class = "Date")),
  list(.POSIXct(c(0.5, NA), tz = "UTC"))
)) {
  expect_identical(column(lists), lists)
  expect_identical(column(lists, lists), lists)
  expect_identical(column(rev(lists), lists), rev(lists))
  expect_identical(column(I(lists), lists), lists)
  expect_identical(column(lists[0], lists), list())
  expect_identical(column(list(NULL, NULL), lists), list(NULL, NULL))
}
# Elements become of one type, as in a vector; an NA without a type is of the others'.
expect_identical(column(list(1L, 2.5)), list(1, 2.5))
expect_identical(column(list(1L, c("a", NA))), list("1", c("a", NA)))
expect_identical(column(list(NA, as.Date("2024-02-29"))), as.list(as.Date(c(NA, "2024-02-29"))))
expect_identical(column(list(factor("u"), "v", NULL)), list("u", "v", NULL))
expect_identical(column(list(c(a = 1, b = 2))), list(c(1, 2)))
spans <- list(as.difftime(90, units = "mins"), NA, NULL, as.difftime(1, units = "hours"))
expect_identical(
  column(spans, structure(1L, class = "ITime")), c("01:30:00.000000", NA, NA, "01:00:00.000000")
)
# Lists as elements: of bytes, of composites.
bytes <- list(list(as.raw(1:2), NULL), NULL, list())
expect_identical(column(bytes, list(1:2)), bytes)
people <- list(data.frame(n = c("a", "b"), a = 1:2), NULL, data.frame(n = "c", a = NA))
person <- structure(list(1L, people[[1]][1, ]), class = "launchpad_lists")
declared <- schema_of(.Call(native$write_columns, list(person), "x", raw(), TRUE))
expect_identical(
  returned(list(x = people), declared)$x,
  list(frame(n = c("a", "b"), a = 1:2), NULL, frame(n = "c", a = NA_integer_))
)

# Composites. A row of nothing but NA is NULL.
pairs <- data.frame(a = c(1L, NA, NA), b = c("x", "y", NA))
expect_identical(column(pairs), pairs)
expect_identical(column(pairs, pairs), pairs)
expect_identical(column(pairs[0, ], pairs), frame(a = integer(), b = character()))
deep <- data.frame(k = 1:2)
deep$inner <- data.frame(x = c(0.5, NA))
deep$inner$most <- list(1:2, NULL)
expect_identical(column(deep), deep)
expect_identical(column(deep, deep), deep)
expect_identical(column(frame(1:2, c("a", NA))), frame(column1 = 1:2, column2 = c("a", NA)))
# Rows given as named lists, by their names; some may be missing.
rows <- list(list(b = "x", a = 1L), list(a = 2L), NULL, list(b = NULL, a = NULL))
expect_identical(column(rows, pairs), frame(b = c("x", NA, NA, NA), a = c(1L, 2L, NA, NA)))
expect_identical(column(list(NULL, NULL), pairs), frame(a = c(NA_integer_, NA), b = c(NA_character_, NA)))
expect_identical(column(list(), pairs), frame(a = integer(), b = character()))
expect_identical(
  column(list(list(a = 1L, b = "x"), NULL), pairs), frame(a = c(1L, NA), b = c("x", NA))
)
expect_identical(
  refusal(column(list(list(1L, "x")), pairs)), 'column "x" holds lists without names for a composite'
)
expect_identical(
  refusal(returned(list(n = frame(k = 1L, f = list(sum))))),
  'column "n.f" is of type builtin, which has no place in jsonb'
)
expect_identical(
  refusal(returned(list(n = frame(k = 1L, c = 1i)))),
  'column "n.c" is of type complex, which has no place in a table'
)

# One value a row for a column of neither: as if it were a vector.
expect_identical(column(list(1L, NULL, 3L), 1L), c(1L, NA, 3L))
expect_identical(column(list("a", NULL), "a"), c("a", NA))
expect_identical(
  column(list(as.Date("2024-02-29"), NA, NULL), as.Date(0, "1970-01-01")), as.Date(c("2024-02-29", NA, NA))
)
expect_identical(column(list(NULL, NULL), 1L), c(NA_integer_, NA))
expect_identical(column(list(), 1L), integer())
expect_identical(column(list(NULL, NULL), as.Date(0, "1970-01-01")), as.Date(c(NA, NA)))

# Everything else is JSON.
expect_identical(
  column(list(1:2, NULL, list(a = 1, b = "x"), "s", list()), "text"),
  c("[1, 2]", NA, '{"a": 1, "b": "x"}', '"s"', "[]")
)
expect_identical(
  column(list(list(a = 1), list(2, "b"))), c('{"a": 1}', '[2, "b"]')
)
expect_identical(
  column(pairs, "text"), c('{"a": 1, "b": "x"}', '{"a": null, "b": "y"}', '{"a": null, "b": null}')
)
expect_identical(
  column(deep, "text"),
  c('{"k": 1, "inner": {"x": 0.5, "most": [1, 2]}}', '{"k": 2, "inner": {"x": null, "most": null}}')
)
moments <- data.frame(n = 1:2)
moments$t <- as.POSIXlt(.POSIXct(c(0, NA), tz = "UTC"))
expect_identical(
  column(moments, "text"), c('{"n": 1, "t": "1970-01-01T00:00:00+00:00"}', '{"n": 2, "t": null}')
)
expect_identical(column(moments)$t, .POSIXct(c(0, NA), tz = "UTC"))
expect_identical(
  refusal(column(list(list(1), sum), "text")), 'column "x" is of type builtin, which has no place in jsonb'
)

# Arrays of several dimensions, alone and beside vectors.
grid <- array(1:24, c(2L, 3L, 4L))
for (cells in list(
  list(matrix(1:6, 2)), list(grid, 1:2, NULL), list(matrix(c("a", NA, "c", "d"), 2)),
  list(matrix(1:2)), list(matrix(c(0.5, NA), 1)), list(matrix(c(TRUE, NA, FALSE, TRUE), 2))
)) {
  expect_identical(column(cells, list(cells[[1]][1])), cells)
}
# Lists in lists go by rows.
expect_identical(column(list(list(1:3, 4:6)), list(1L)), list(matrix(1:6, 2, byrow = TRUE)))
expect_identical(
  column(list(list(list(1, 2), list(3, NA))), list(1)), list(matrix(c(1, 2, 3, NA), 2, byrow = TRUE))
)
expect_identical(column(list(list(list(1:2, 3:4), list(5:6, 7:8))), list(1L))[[1]][2, 1, 2], 6L)
# A date keeps its class, and one-dimensional arrays are vectors.
days <- structure(as.Date("2024-01-01") + 0:3, dim = c(2L, 2L))
expect_identical(column(list(days), list(as.Date("1970-01-01")))[[1]][2, 1], days[2, 1])
expect_identical(column(list(array(1:3, 3L)), list(1L)), list(1:3))

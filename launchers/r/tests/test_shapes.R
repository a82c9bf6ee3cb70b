# What counts as a table, and the errors for what does not.

table_of <- function(...) list2DF(list(...))
shapes <- "it must be a data frame, a matrix, a vector or a named list of columns"

# Data frames: without the names of rows, whatever the labels.
expect_identical(
  returned(data.frame(a = 1:2, b = c("x", NA), row.names = c("r", "s"))),
  table_of(a = 1:2, b = c("x", NA))
)
expect_identical(dim(returned(data.frame())), c(0L, 0L))
expect_identical(
  returned(data.frame(a = integer(), b = character())), table_of(a = integer(), b = character())
)
expect_identical(names(returned(data.frame(a = 1, a = 2, check.names = FALSE))), c("a", "a"))
expect_identical(
  names(returned(stats::setNames(data.frame(1, 2, 3), c("", "b", NA)))), c("column1", "b", "column3")
)
expect_identical(
  names(returned(structure(list(1L, 2L), class = "data.frame", row.names = 1L))), c("column1", "column2")
)
expect_identical(attributes(returned(data.frame(a = 1:3)))$row.names, 1:3)

# Matrices and tables.
expect_identical(returned(matrix(1:4, 2)), table_of(column1 = 1:2, column2 = 3:4))
expect_identical(
  returned(matrix(c("a", NA, "c", "d"), 2, dimnames = list(c("r", "s"), c("x", "y")))),
  table_of(x = c("a", NA), y = c("c", "d"))
)
expect_identical(returned(matrix(c(TRUE, NA), 1)), table_of(column1 = TRUE, column2 = NA))
expect_identical(returned(matrix(numeric(), 0, 2)), table_of(column1 = numeric(), column2 = numeric()))
expect_identical(returned(table(c("a", "b", "a"))), table_of(column1 = 2:1))
expect_identical(returned(table(c("a", "b", "a"), c("u", "u", "v"))), table_of(u = c(1L, 1L), v = 1:0))
expect_identical(returned(stats::ts(matrix(1:4, 2), names = c("p", "q"))), table_of(p = 1:2, q = 3:4))

# No rows and no columns: no rows of whatever is declared.
for (nothing in list(list(), data.frame(), matrix(numeric(), 0, 0), data.frame(a = 1)[0, 0])) {
  expect_identical(dim(returned(nothing)), c(0L, 0L))
  expect_identical(
    returned(nothing, declared_as(list(a = 1L, b = list("x")))), table_of(a = integer(), b = list())
  )
}

# Arrays of one column are columns, whatever they are made by.
scores <- c(2, 4)
expect_identical(
  returned(frame(
    a = scale(scores), b = matrix(1:2), c = tapply(scores, c("u", "v"), sum), d = table(c("u", "v")),
    e = stats::ts(1:2), f = array(c("x", NA)), g = structure(as.Date(c("2024-02-29", NA)), dim = 2:1)
  )),
  table_of(
    a = as.vector(scale(scores)), b = 1:2, c = scores, d = c(1L, 1L), e = 1:2, f = c("x", NA),
    g = as.Date(c("2024-02-29", NA))
  )
)
days <- structure(as.Date("2024-02-29") + 0:3, dim = c(2L, 2L))
expect_identical(returned(days), table_of(column1 = days[1:2], column2 = days[3:4]))

# Vectors, with and without a class.
expect_identical(returned(c(a = 1.5, b = NA)), table_of(column1 = c(1.5, NA)))
expect_identical(returned("a"), table_of(column1 = "a"))
expect_identical(returned(factor("f")), table_of(column1 = "f"))
expect_identical(returned(as.Date("2024-02-29")), table_of(column1 = as.Date("2024-02-29")))
expect_identical(returned(stats::ts(1:3)), table_of(column1 = 1:3))
expect_identical(returned(array(1:3)), table_of(column1 = 1:3))
moment <- .POSIXct(c(0.5, NA), tz = "UTC")
expect_identical(returned(moment), table_of(column1 = moment))
expect_identical(returned(as.POSIXlt(moment)), table_of(column1 = moment))

# Named lists.
expect_identical(returned(list(a = 1:2, b = c("x", "y"))), table_of(a = 1:2, b = c("x", "y")))
expect_identical(names(returned(list(a = 1, 2))), c("a", "column2"))
expect_identical(
  refusal(returned(list(a = 1:3, b = 1))), 'the columns differ in length: "a" has 3 rows, "b" has 1'
)
expect_identical(
  refusal(returned(frame(a = 1:3, b = 1:2))), 'the columns differ in length: "a" has 3 rows, "b" has 2'
)

# Bytes: one column of them is one value.
model <- serialize(1:10, NULL)
expect_identical(returned(data.frame(model = model)), table_of(model = list(model)))
expect_identical(returned(list(model = model)), table_of(model = list(model)))
expect_identical(returned(model), table_of(column1 = list(model)))
expect_identical(returned(data.frame(model = raw())), table_of(model = list(NULL)))
expect_identical(returned(raw()), table_of(column1 = list(NULL)))
expect_identical(returned(list(model = list(model, NULL, raw()))), table_of(model = list(model, NULL, raw())))
expect_identical(
  refusal(returned(data.frame(a = 1, b = as.raw(1)))),
  paste(
    'column "b" is of type raw, which returns as one value only where it is the one column;',
    "list(serialize(m, NULL)) is a column of one value"
  )
)

# What is no table.
person <- methods::setClass("launchpad_person", slots = c(name = "character"))
amount <- methods::setClass("launchpad_amount", contains = "numeric")
for (case in list(
  list(quote(x), "symbol"), list(function(x) x, "closure"), list(sum, "builtin"),
  list(globalenv(), "environment"), list(list(1, 2), "list"),
  list(person(name = "n"), "launchpad_person"), list(amount(1), "launchpad_amount"),
  list(y ~ x, "formula"), list(array(1:8, c(2, 2, 2)), "array"),
  list(stats::lm(dist ~ speed, datasets::cars), "lm")
)) {
  expect_identical(
    refusal(returned(case[[1]])), paste0('"OutputDataSet" is of type ', case[[2]], "; ", shapes)
  )
}
for (case in list(
  list(1i, "complex"), list(quote(x), "symbol"), list(function(x) x, "closure"),
  list(globalenv(), "environment"), list(amount(1), "launchpad_amount"),
  list(stats::lm(dist ~ speed, datasets::cars), "lm")
)) {
  expect_identical(
    refusal(returned(list(a = 1L, b = case[[1]]))),
    paste0('column "b" is of type ', case[[2]], ", which has no place in a table")
  )
}
expect_identical(
  refusal(returned(1i)), 'column "column1" is of type complex, which has no place in a table'
)
expect_identical(
  refusal(returned(frame(a = matrix(1:4, 2)))), 'column "a" is a matrix; a column of a table is a vector'
)

# A count of columns that differs from the declared one is told elsewhere; the columns go as they are.
expect_identical(returned(list(a = 1, b = 2), declared_as(list(a = 1L))), table_of(a = 1, b = 2))

# What packages have for data frames.
if (!missing_package("data.table")) {
  time <- data.table::as.ITime("01:02:03")
  table <- data.table::data.table(a = 1:2, b = list(1:2, NULL), t = time, key = "a")
  expect_identical(
    returned(table), table_of(a = 1:2, b = list(1:2, NULL), t = rep("01:02:03.000000", 2))
  )
}
if (!missing_package("tibble")) {
  rows <- tibble::tibble(`a b` = 1:2, l = list("u", NULL), d = tibble::tibble(x = c(1.5, NA)))
  expect_identical(
    returned(rows), frame(`a b` = 1:2, l = list("u", NULL), d = table_of(x = c(1.5, NA)))
  )
  expect_identical(returned(tibble::tibble(model = as.raw(1:3))), table_of(model = list(as.raw(1:3))))
}
if (!missing_package("bit64")) {
  expect_identical(
    returned(list(n = bit64::as.integer64(c("9007199254740992", NA)))), table_of(n = c(2^53, NA))
  )
}

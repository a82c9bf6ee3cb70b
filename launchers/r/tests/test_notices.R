# What is told of results that are probably not what was meant.

told <- function(value, declared) {
  utils::capture.output(invisible(written(value, declared_as(declared))), type = "message")
}
names_of_rows <- paste(
  'the row names of "OutputDataSet" are not returned; as a column they are rownames(OutputDataSet)'
)
a <- list(a = 1L)
expect_identical(told(data.frame(a = 1:2, row.names = c("x", "y")), a), names_of_rows)
expect_identical(told(matrix(1:2, dimnames = list(c("x", "y"), "a")), a), names_of_rows)
expect_identical(told(table(c("x", "y")), a), names_of_rows)
for (quiet in list(
  data.frame(a = 1:2), data.frame(a = 1:3)[c(3, 1), , drop = FALSE], matrix(1:2), c(x = 1, y = 2),
  data.frame(a = 1:2, row.names = c("7", "3")), data.frame(a = 1, row.names = "x")[0, , drop = FALSE],
  list(a = 1L), list()
)) {
  expect_identical(told(quiet, a), character())
}
# Where a column has them nothing is lost.
same <- data.frame(a = factor(c("x", "y")), row.names = c("x", "y"))
expect_identical(told(same, list(a = "t")), character())
# Without declared columns they are all as they come.
expect_identical(
  utils::capture.output(invisible(written(data.frame(a = 1, row.names = "x"))), type = "message"), character()
)

order <- '"OutputDataSet" has the declared columns in another order; they are matched by position: '
expect_identical(
  told(data.frame(Y = 1, x = 2), list(x = 1, y = 1)),
  paste0(order, '"Y" is returned as "x", "x" is returned as "y"')
)
expect_identical(told(data.frame(X = 1, y = 2), list(x = 1, y = 1)), character())
expect_identical(told(data.frame(y = 1, z = 2), list(x = 1, y = 1)), character())
expect_identical(told(matrix(1:2, 1), list(x = 1, y = 1)), character())
options(warn = -1)
expect_identical(told(data.frame(y = 1, x = 2), list(x = 1, y = 1)), character())
options(warn = 0)

unassigned <- function(declared, variables) {
  utils::capture.output(launcher$tell_unassigned("OutputDataSet", declared, variables), type = "message")
}
nothing <- 'the script assigned nothing to "OutputDataSet", so there are no rows'
expect_identical(unassigned(list(), "outputdataset"), character())
expect_identical(unassigned(a, c("OutputDataSet", "x")), nothing)
expect_identical(
  unassigned(a, c("OutputDataSet", "outputDataSet")), paste0(nothing, '; it has a variable "outputDataSet"')
)

# Values of R's classes return as what people see of them, in tables and in JSON alike, or not at all.

json_of <- function(value) launcher$texts("p", list(p = value))[["p"]]
text <- "text"
number <- 1.5
day <- as.Date("2024-02-29")

# Text where text is declared or nothing is; numbers are R's own where a number is declared.
mode <- as.octmode(c("755", "644"))
shown <- list(
  octmode = list(mode, c("755", "644"), c(493, 420)),
  hexmode = list(as.hexmode(c(255, 16)), c("ff", "10"), c(255, 16)),
  roman = list(utils::as.roman(c(14, NA)), c("XIV", NA), c(14, NA)),
  numeric_version = list(numeric_version(c("1.2", "3.4.5")), c("1.2", "3.4.5"), NULL),
  package_version = list(package_version(c("1.2.3", "4.5")), c("1.2.3", "4.5"), NULL),
  person = list(
    c(utils::person("Ada", "L"), utils::person("Alan", "T")), c("Ada L", "Alan T"), NULL
  ),
  object_size = list(structure(8, class = "object_size"), "8 bytes", 8),
  noquote = list(noquote(c("a", NA)), c("a", NA), NULL)
)
for (class in names(shown)) {
  value <- shown[[class]][[1]]
  texts <- shown[[class]][[2]]
  numbers <- shown[[class]][[3]]
  expect_identical(column(value), texts, info = class)
  expect_identical(column(value, text), texts, info = class)
  expect_identical(returned(value)[[1]], texts, info = class)
  if (!is.null(numbers)) {
    expect_identical(column(value, number), numbers, info = class)
    expect_identical(
      refusal(column(value, day)), paste0('column "x" is of type ', class, ", which has no place in a table")
    )
  }
  # One encoder for output parameters, and for what columns of json have.
  expect_identical(json_of(value), json_of(texts), info = class)
  expect_identical(json_of(list(k = value)), json_of(list(k = texts)), info = class)
  expect_identical(column(list(list(k = value)), text), json_of(list(k = texts)), info = class)
  expect_identical(json_of(list2DF(list(k = value))), json_of(list2DF(list(k = texts))), info = class)
  # Elements of arrays, and one a row.
  expect_identical(column(list(value, NULL), list(text)), list(texts, NULL), info = class)
}
expect_identical(column(list(mode[1], NULL), text), c("755", NA))
expect_identical(column(I(mode)), c("755", "644"))
pairs <- frame(a = 1L, b = "x")
expect_identical(column(list(list(b = mode[1], a = NA)), pairs), frame(b = "755", a = NA_integer_))

# Classes of the script's own, with a text and without; what holds more than it shows.
registerS3method("format", "launchpad_money", function(x, ...) paste(unclass(x), "EUR"), envir = baseenv())
expect_identical(column(structure(c(1, 2), class = "launchpad_money")), c("1 EUR", "2 EUR"))
expect_identical(column(structure(c(1, 2), class = "launchpad_money"), number), c(1, 2))
expect_identical(column(structure(c(1, 2), class = "launchpad_plain")), c(1, 2))
expect_identical(column(structure("a", class = "launchpad_plain")), "a")
registerS3method("format", "launchpad_whole", function(x, ...) "all", envir = baseenv())
expect_identical(
  refusal(column(structure(c(1, 2), class = "launchpad_whole"))),
  'column "x" is of type launchpad_whole, which has no place in a table'
)
period <- methods::setClass("launchpad_period", contains = "numeric", slots = c(month = "numeric"))
methods::setMethod("as.character", "launchpad_period", function(x, ...) paste0(x@month, "m ", x@.Data, "S"))
months <- period(c(5, 6), month = c(1, 2))
expect_identical(column(months), c("1m 5S", "2m 6S"))
expect_identical(json_of(list(months)), '[["1m 5S", "2m 6S"]]')
amount <- methods::setClass("launchpad_bare", contains = "numeric")
model <- stats::lm(dist ~ speed, datasets::cars)
for (value in list(amount(1), model, structure(list(1), class = "launchpad_list"))) {
  type <- class(value)[1]
  expect_identical(
    refusal(json_of(list(value))), paste0('parameter "p" is of type ', type, ", which has no place in jsonb")
  )
  expect_identical(
    refusal(column(list(value), text)),
    paste0('column "x" is of type ', type, ", which has no place in a table")
  )
}

# JSON: numbers, bytes, times and factors inside of lists as by themselves.
inside <- list(
  n = c(1.5, NaN, NA, Inf), r = as.raw(c(0, 255)), d = day, t = .POSIXct(0.000001, "UTC"), f = factor("u"),
  s = as.difftime(90, units = "mins"), c = structure(3661L, class = "ITime"),
  rows = data.frame(a = 1L, f = factor("v"), z = .POSIXct(1709209800.123456))
)
inner <- paste0(
  '{"n": [1.5, null, null, "Infinity"], "r": "\\\\x00ff", "d": "2024-02-29", ',
  '"t": "1970-01-01T00:00:00.000001+00:00", "f": "u", "s": "PT5400S", "c": "01:01:01", ',
  '"rows": [{"a": 1, "f": "v", "z": "2024-02-29T12:30:00.123456+00:00"}]}'
)
expect_identical(json_of(inside), inner)
expect_identical(column(list(inside), text), inner)
bits <- integer64(0L, 7L)
expect_identical(column(frame(k = bits), text), '{"k": 7}')
# Arrays by rows; those of one dimension, as tables are, by their names.
expect_identical(json_of(matrix(1:4, 2)), "[[1, 3], [2, 4]]")
expect_identical(json_of(array(1:8, c(2, 2, 2))), "[[[1, 5], [3, 7]], [[2, 6], [4, 8]]]")
expect_identical(json_of(matrix(1:2)), "[[1], [2]]")
expect_identical(json_of(structure(day + 0:1, dim = 1:2)), '[["2024-02-29", "2024-03-01"]]')
expect_identical(json_of(table(c("a", "b", "a"))), '{"a": 2, "b": 1}')
expect_identical(json_of(frame(a = scale(c(1, 2, 3)))), '[{"a": -1}, {"a": 0}, {"a": 1}]')
expect_identical(json_of(frame(m = matrix(1:4, 2))), '[{"m": [1, 3]}, {"m": [2, 4]}]')

# Values of several classes are none of one.
expect_identical(refusal(column(list(day, 1), day)), 'column "x" mixes Date and double')
expect_identical(refusal(column(list(day, .POSIXct(0)), day)), 'column "x" mixes Date and POSIXct')
expect_identical(refusal(column(list(c(day, day), 1:2), list(day))), 'column "x" mixes Date and integer')

# What is missing altogether fits every type.
declared <- list(
  text, number, 1L, TRUE, day, .POSIXct(0), list(as.raw(1)), list(1:2), list("a"), pairs, integer64(0L, 1L)
)
missing <- list(
  c(NA, NA), c(NA_integer_, NA), c(NA_real_, NA), c(NA_character_, NA), c(NA_complex_, NA), factor(c(NA, NA)),
  addNA(factor(c(NA, NA))), day[c(NA, NA)], .POSIXct(c(NA_real_, NA)), as.POSIXlt(day[c(NA, NA)]),
  as.difftime(c(NA_real_, NA), units = "secs"), list(NULL, NULL), utils::as.roman(c(NA, NA)),
  I(c(NA_real_, NA)),
  matrix(NA_real_, 2), frame(a = c(NA, NA), b = c(NA_character_, NA))
)
for (type in declared) {
  for (values in missing) {
    expected <- column(c(NA, NA), type)
    if (is.data.frame(values) && !is.data.frame(type)) {
      next
    }
    expect_identical(column(values, type), expected, info = paste(typeof(values), "as", typeof(type)))
  }
}
expect_identical(
  column(list(c(NA_character_, NA), character()), list(1L)), list(c(NA_integer_, NA), integer())
)
expect_identical(column(list(NA, NULL), pairs), column(list(NULL, NULL), pairs))
expect_identical(column(list(NA, as.raw(1)), list(as.raw(1))), list(NULL, as.raw(1)))
expect_identical(column(character(), list(1L)), list())

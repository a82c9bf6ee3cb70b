# Parameters: from a row, as R's values; what became of them, as JSON.

given <- function(value) .Call(native$read_parameters, written(value))
json <- function(value) launcher$texts("p", list(p = value))[["p"]]

# The row's columns as vectors of length one; arrays, bytes and composites as what R has for one of them.
row <- list(
  i = 1L, x = NA_real_, s = "\u00fc", d = as.Date("2024-02-29"), b = list(as.raw(1:3)), n = list(raw()),
  l = list(c(1L, NA)), f = data.frame(a = 1L, k = "u")
)
expect_identical(
  given(row),
  list(
    i = 1L, x = NA_real_, s = "\u00fc", d = as.Date("2024-02-29"), b = as.raw(1:3), n = raw(),
    l = c(1L, NA), f = list(a = 1L, k = "u")
  )
)
expect_identical(given(list(b = list(NULL), t = NA_character_)), list(b = NULL, t = NA_character_))
expect_identical(
  .Call(native$read_parameters, written(list(f = frame(a = NA_integer_)))), list(f = NULL)
)
expect_identical(
  .Call(
    native$read_parameters,
    written(list(l = list(NULL), k = 1L), declared_as(list(l = list(1L), k = 1L)))
  ),
  list(l = NULL, k = 1L)
)
expect_error(given(list(i = integer())), "^the R launcher passed parameters that are not one row$")

# Back as JSON: one value is a scalar, unless of class AsIs.
expect_identical(json(1L), "1")
expect_identical(json(I(1L)), "[1]")
expect_identical(json(c(1L, NA)), "[1, null]")
expect_identical(json(c(a = 1L)), '{"a": 1}')
expect_identical(json(c(TRUE, FALSE, NA)), "[true, false, null]")
expect_identical(json(logical()), "[]")
expect_identical(json(NULL), "null")
expect_identical(json(NA_character_), "null")
expect_identical(json('a"\\\n\u00fc\U1F600'), '"a\\"\\\\\\n\u00fc\U1F600"')
expect_identical(json(as.raw(c(0, 255))), '"\\\\x00ff"')
expect_identical(json(raw()), '"\\\\x"')

# Numbers: the shortest digits that mean the value, whole ones without a point, infinity as text.
expect_identical(
  json(c(1, -0.5, 1 / 3, 1e15, 2^53)), "[1, -0.5, 0.3333333333333333, 1000000000000000, 9007199254740992]"
)
expect_identical(
  json(c(1e16, 2^1000, 1e-5, 1e-6, 2^-1074)), "[1e16, 1.0715086071862673e301, 0.00001, 1e-6, 5e-324]"
)
expect_identical(json(c(NaN, NA, Inf, -Inf)), '[null, null, "Infinity", "-Infinity"]')
expect_identical(json(integer64(c(2147483647L, NA, -1L), c(-1L, 0L, -1L))), "[9223372036854775807, null, -1]")

# Dates, moments, spans and factors as text.
expect_identical(
  json(as.Date(c("2024-02-29", "1969-12-31", "0001-01-01", NA))),
  '["2024-02-29", "1969-12-31", "0001-01-01", null]'
)
expect_identical(json(.POSIXct(-0.5, "America/New_York")), '"1969-12-31T23:59:59.5+00:00"')
expect_identical(json(.POSIXct(1709209800L)), '"2024-02-29T12:30:00+00:00"')
expect_identical(json(as.POSIXlt("2024-02-29 12:30:00", tz = "UTC")), '"2024-02-29T12:30:00+00:00"')
expect_identical(json(list(t = as.POSIXlt("2024-02-29", tz = "UTC"))), '{"t": "2024-02-29T00:00:00+00:00"}')
expect_identical(
  json(list(list(a = list(as.POSIXlt("2024-02-29", tz = "UTC"))))), '[{"a": ["2024-02-29T00:00:00+00:00"]}]'
)
expect_identical(json(as.difftime(c(1.5, NA), units = "mins")), '["PT90S", null]')
expect_identical(json(as.difftime(-1.25, units = "secs")), '"PT-1.25S"')
expect_identical(json(factor(c("u", NA))), '["u", null]')

# Lists are arrays or, with names, objects; data frames are arrays of rows, in rows too.
expect_identical(json(list()), "[]")
expect_identical(json(list(1L, "a", NULL, NA)), '[1, "a", null, null]')
expect_identical(json(list(a = 1:2, b = list(c = NULL))), '{"a": [1, 2], "b": {"c": null}}')
expect_identical(json(stats::setNames(list(1L, 2L), c("a\"", NA))), '{"a\\"": 1, "NA": 2}')
expect_identical(json(data.frame(a = 1:2, b = c("x", NA))), '[{"a": 1, "b": "x"}, {"a": 2, "b": null}]')
expect_identical(json(data.frame(a = integer())), "[]")
expect_identical(json(data.frame()), "[]")
rows <- data.frame(a = 1:2)
rows$inner <- data.frame(x = 3:4, y = 5:6, z = 7:8)
rows$list <- list(1:2, NULL)
rows$t <- as.POSIXlt(.POSIXct(c(0, NA), tz = "UTC"))
expect_identical(
  json(rows),
  paste0(
    '[{"a": 1, "inner": {"x": 3, "y": 5, "z": 7}, "list": [1, 2], "t": "1970-01-01T00:00:00+00:00"}, ',
    '{"a": 2, "inner": {"x": 4, "y": 6, "z": 8}, "list": null, "t": null}]'
  )
)
expect_identical(
  json(rows["inner"]), '[{"inner": {"x": 3, "y": 5, "z": 7}}, {"inner": {"x": 4, "y": 6, "z": 8}}]'
)

# What has no place in it.
for (case in list(
  list(sum, "is of type builtin, which has no place in jsonb"),
  list(list(globalenv()), "is of type environment, which has no place in jsonb"),
  list(1i, "is of type complex, which has no place in jsonb"),
  list(data.frame(a = 1i), "has a column of type complex, which has no place in jsonb"),
  list(frame(a = 1:2, b = 1L), "is a data frame of uneven columns"),
  list(rawToChar(as.raw(0xff)), "holds a string that is not valid UTF-8"),
  list(stats::setNames(list(1), rawToChar(as.raw(0xff))), "has a name that is not valid UTF-8"),
  list(Reduce(function(inner, level) list(inner), 1:102, NULL), "is nested more than 100 levels deep")
)) {
  expect_identical(refusal(json(case[[1]])), paste('parameter "p"', case[[2]]))
}
expect_identical(
  json(Reduce(function(inner, level) list(inner), 1:100, NULL)),
  paste0(strrep("[", 100), "null", strrep("]", 100))
)

# A variable that is no more is null; only what differs goes back.
expect_identical(launcher$texts(c("a", "b"), list(b = 1L)), c(a = "null", b = "1"))
expect_identical(launcher$texts(character(), list()), character())
changes <- function(before, after) {
  names <- names(after)
  .Call(native$json_changes, launcher$texts(names, before), launcher$texts(names, after))
}
expect_identical(changes(list(a = 1L, b = "x"), list(a = 1L, b = "x")), "{}")
expect_identical(
  changes(list(a = 1L, `b"` = "x", c = NULL), list(a = 2, `b"` = "y", c = NULL)), '{"a": 2, "b\\"": "y"}'
)
expect_identical(changes(list(a = 1L), list(a = 1)), "{}")

# The table of types, both ways.

utc <- function(seconds) .POSIXct(seconds, tz = "UTC")

same <- list(
  logical = c(TRUE, NA, FALSE),
  integer = c(0L, NA, .Machine$integer.max, -.Machine$integer.max),
  double = c(
    0, NA, 2^53, -2^53, 2^53 - 1, 1 / 3, Inf, -Inf, .Machine$double.xmin, .Machine$double.xmax, 5e-324
  ),
  character = c("a", NA, "", "NA", "ü", "\U1F600", "a\nb\t\"c\\"),
  Date = as.Date(c("2024-02-29", NA, "1970-01-01", "1969-12-31", "0001-01-01", "9999-12-31")),
  POSIXct = utc(c(0, NA, 1709209800, 1709209800.123456, -0.5, -1e-6, -62135596800)),
  bytes = list(as.raw(0:255), NULL, raw(), as.raw(0)),
  lists = list(1:3, NULL, integer(), NA_integer_)
)
for (kind in names(same)) {
  values <- same[[kind]]
  expect_identical(column(values), values, info = kind)
  # Declared as what it is.
  expect_identical(column(values, values), values, info = kind)
  expect_identical(column(values[0], values), values[0], info = paste(kind, "without rows"))
  if (!is.list(values)) {
    missing <- values[c(NA_integer_, NA_integer_)]
    expect_identical(column(missing), missing, info = paste(kind, "of NA"))
    # NA has no type of its own: it goes as what is declared.
    expect_identical(column(c(NA, NA), values), missing, info = paste("NA as", kind))
  }
}
expect_identical(column(list(NULL, NULL)), list(NULL, NULL))

# Only the sign tells them apart.
expect_identical(1 / column(c(0, -0)), c(Inf, -Inf))
# Doubles go as they are: the backend takes NaN, which NA is too, for NULL.
expect_identical(column(c(NaN, NA, 1)), c(NaN, NA, 1))
expect_identical(column(c(NaN, NA, 1), 1L), c(NA, NA, 1L))

# ALTREP: vectors that R computes when they are asked for.
expect_identical(column(1:100000), 1:100000)
expect_identical(column(as.character(1:1000)), as.character(1:1000))
expect_identical(column(as.numeric(1:10)), as.numeric(1:10))
expect_identical(column(seq(5L, 1L)), 5:1)
expect_identical(column(sort(c(3, 1, 2))), c(1, 2, 3))

# Numbers go as the declared type where nothing is lost by it.
expect_identical(column(c(1, NA, -3), 1L), c(1L, NA, -3L))
expect_identical(column(c(1.5, 2), 1L), c(1.5, 2))
expect_identical(column(c(1, Inf), 1L), c(1, Inf))
expect_identical(column(2^31, 1L), 2^31)
expect_identical(column(c(1L, NA), 1.5), c(1, NA))
expect_identical(column(c(2^53, NaN, -1), integer64(0L, 1L)), c(2^53, NA, -1))
expect_identical(column(c(7L, NA), integer64(0L, 1L)), c(7, NA))
expect_identical(column(2^63, integer64(0L, 1L)), 2^63)

# R's NA is PostgreSQL's smallest integer: a column that has it comes as doubles.
expect_identical(column(c(-2^31, NA, 1), 1L), c(-2^31, NA, 1))

# Bigints, as bit64 has them; its NA is the smallest.
expect_identical(column(integer64(c(0L, -1L, 2097152L, NA), c(1L, -1L, 0L, 0L))), c(1, -1, 2^53, NA))

# Dates: a part of a day does not count, before 1970 neither; no infinite ones.
expect_identical(
  column(structure(c(0.9, -0.1, -1, 19782.5), class = "Date")),
  as.Date(c("1970-01-01", "1969-12-31", "1969-12-31", "2024-02-29"))
)
expect_identical(column(structure(c(1L, NA), class = "Date")), as.Date(c("1970-01-02", NA)))
expect_identical(column(structure(c(Inf, -Inf, NaN), class = "Date")), as.Date(c(NA, NA, NA)))

# Moments: of any zone, of integers, to the microsecond; as a date it is the one in UTC.
moment <- as.POSIXct("2024-02-29 23:30:00", tz = "America/New_York")
expect_identical(column(moment), utc(as.numeric(moment)))
expect_identical(column(.POSIXct(c(1L, NA), tz = "UTC")), utc(c(1, NA)))
expect_identical(column(utc(1709209800.1234564)), utc(1709209800.123456))
expect_identical(column(utc(1709209800.1234566)), utc(1709209800.123457))
expect_identical(column(utc(c(Inf, -Inf))), utc(c(NA_real_, NA_real_)))
expect_identical(column(as.POSIXlt(utc(c(0.25, NA)))), utc(c(0.25, NA)))
expect_identical(
  column(c(moment, utc(-1)), as.Date("2024-01-01")), as.Date(c("2024-03-01", "1969-12-31"))
)

# Times of day, and spans where a time is declared.
time <- structure(c(45296L, 0L, NA), class = "ITime")
expect_identical(column(time), c("12:34:56.000000", "00:00:00.000000", NA))
expect_identical(column(structure(1.5, class = "ITime")), "00:00:01.500000")
expect_identical(
  column(structure(3661.000001, units = "secs", class = c("hms", "difftime"))), "01:01:01.000001"
)
for (span in list(
  as.difftime(5400, units = "secs"), as.difftime(90, units = "mins"), as.difftime(1.5, units = "hours"),
  as.difftime(0.0625, units = "days"), as.difftime(0.0625 / 7, units = "weeks"),
  structure(90L, units = "mins", class = "difftime")
)) {
  expect_identical(column(c(span, NA_real_), time), c("01:30:00.000000", NA), info = units(span))
}

# Factors are their text.
expect_identical(column(factor(c("v", NA, "u"), levels = c("u", "v", "w"))), c("v", NA, "u"))
expect_identical(column(addNA(factor(c("v", NA)))), c("v", NA))
expect_identical(column(factor(character())), character())
expect_identical(column(ordered(c("low", "high"))), c("low", "high"))
expect_identical(column(factor(c(NA, NA))), c(NA_character_, NA))
expect_identical(
  refusal(column(structure(c(1L, 3L), levels = c("a", "b"), class = "factor"))),
  'column "x", row 2: the factor has no level 3'
)
expect_identical(refusal(column(structure(1L, class = "factor"))), 'column "x" is a factor without levels')

# Classes that say nothing about the type are passed over.
expect_identical(column(I(1:2)), 1:2)
expect_identical(column(structure(c("a", "b"), class = "noquote")), c("a", "b"))
expect_identical(column(c(a = 1, b = 2)), c(1, 2))
expect_identical(column(stats::ts(c(1, 2), start = 2020)), c(1, 2))
expect_identical(column(numeric_version(c("1.2", "3.4.5"))), c("1.2", "3.4.5"))

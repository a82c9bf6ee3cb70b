# Strings in their encodings.

marked <- function(bytes, encoding) {
  text <- rawToChar(as.raw(bytes))
  Encoding(text) <- encoding
  text
}

# As R itself converts them: what it calls latin1 is Windows' code page 1252.
latin <- marked(c(0x61, 0xe4, 0xff), "latin1")
expect_identical(column(c(latin, NA, "a")), c("a\u00e4\u00ff", NA, "a"))
expect_identical(Encoding(column(latin)), "UTF-8")
printable <- setdiff(1:255, c(0x81, 0x8d, 0x8f, 0x90, 0x9d))
all <- vapply(printable, marked, "", "latin1")
expect_identical(column(all), enc2utf8(all))
expect_identical(column(marked(c(0x80, 0x75, 0x72, 0x6f), "latin1")), "\u20acuro")

# A mark that is missing or wrong does no harm where the bytes are UTF-8.
expect_identical(column(marked(c(0xc3, 0xa4), "unknown")), "\u00e4")
expect_identical(column(marked(c(0xc3, 0xa4), "bytes")), "\u00e4")
expect_identical(column(marked(0x61, "bytes")), "a")

why <- "the string is not valid UTF-8; iconv() or a list of raw vectors may help"
for (encoding in c("unknown", "UTF-8", "bytes")) {
  expect_identical(
    refusal(column(c("a", NA, marked(c(0x61, 0xff), encoding)))), paste('column "x", row 3:', why),
    info = encoding
  )
}
expect_identical(
  refusal(column(factor(marked(0xff, "bytes"), labels = marked(0xff, "bytes")))),
  'column "x": a level of the factor is not valid UTF-8'
)
expect_identical(column(structure(1L, levels = latin, class = "factor")), "a\u00e4\u00ff")

# Labels.
labelled <- stats::setNames(list(1L, 2L), c(latin, "\u00fc b"))
expect_identical(names(returned(labelled)), c("a\u00e4\u00ff", "\u00fc b"))

# Long ones, and many of them: several batches.
long <- c(strrep("x", 3e6), strrep("\u00fc", 1e6), "")
expect_identical(column(long), long)
wide <- vapply(1:300, function(row) strrep(letters[row %% 26 + 1], 20000), "")
wide[c(7, 299)] <- NA
expect_identical(returned(list(n = 1:300, text = wide))$text, wide)
rows <- list(
  n = c(NA, 1:69999), x = c(1:69999 / 8, NA), text = rep_len(c("a", NA, "bcd"), 70000),
  flag = rep_len(c(TRUE, FALSE, NA), 70000), factor = factor(rep_len(c("u", "v"), 70000))
)
rows$list <- rep_len(list(1:2, NULL, 3L), 70000)
rows$bytes <- rep_len(list(as.raw(1), raw(), NULL), 70000)
rows$frame <- data.frame(a = 1:70000)
result <- returned(rows)
rows$factor <- as.character(rows$factor)
expect_identical(as.list(result), rows)

# Loads machine code that it wrote to a file, in R.
# layers: NS
# rows: 25
# expect: refused not mapped
# expect container: through machine code runs under the same filter

made <- list.files(file.path(R.home("library"), "tools", "libs"), "[.]so$", full.names = TRUE)
file.copy(made, "own.so")
tryCatch(
  through(dyn.load("own.so")[["name"]]),
  error = function(error) {
    message <- conditionMessage(error)
    refused(if (grepl("failed to map", message)) "not mapped" else message)
  }
)

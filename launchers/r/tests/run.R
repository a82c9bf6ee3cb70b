# The R launcher's tests, under the R that it serves: `R --vanilla --no-echo --file=run.R` in this folder.
#
# LAUNCHPAD_TEST_LAUNCHER names the installed launcher's folder. It is loaded as main.R loads it, but
# nothing forks: what a satellite does in the sandbox is the server's tests' affair.
# The last line tells how many results passed, failed and were skipped.

folder <- Sys.getenv("LAUNCHPAD_TEST_LAUNCHER")
if (!file.exists(file.path(folder, "main.R"))) stop("LAUNCHPAD_TEST_LAUNCHER names no launcher's folder")

launcher <- new.env(parent = baseenv())
for (name in setdiff(list.files(folder, "[.]R$"), "main.R")) {
  sys.source(file.path(folder, name), launcher, keep.source = FALSE)
}
launcher$load_native(folder)
launcher$compile()
native <- launcher$native
tasks <- .Call(native$tasks)

source("tables.R")

# A file's tests of an optional package end here without it.
skipped <- 0L
missing_package <- function(package) {
  missing <- !requireNamespace(package, quietly = TRUE)
  if (missing) {
    skipped <<- skipped + 1L
    message("skipped: the package ", package, " is not installed")
  }
  missing
}

passed <- 0L
failed <- 0L
for (file in list.files(".", "^test_.*[.]R$")) {
  results <- tryCatch(
    tinytest::run_test_file(file, verbose = 0, color = FALSE),
    error = function(error) {
      cat(file, ": ", conditionMessage(error), "\n", sep = "")
      list(FALSE)
    }
  )
  good <- vapply(results, isTRUE, FALSE)
  for (result in results[!good]) if (inherits(result, "tinytest")) print(result, type = "long")
  cat(file, ": ", sum(good), " of ", length(good), "\n", sep = "")
  passed <- passed + sum(good)
  failed <- failed + sum(!good)
}
cat(passed, " passed, ", failed, " failed, ", skipped, " skipped\n", sep = "")
quit(status = if (failed) 1L else 0L)

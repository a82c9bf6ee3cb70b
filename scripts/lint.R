# What can be said of R code without running it: lintr's style, and names that nothing defines.

# lintr's defaults, but for two: it looks for names in one file alone (below they are looked for in all),
# and a long list of cases is no trouble to read.
linters <- lintr::linters_with_defaults(
  lintr::line_length_linter(110), object_usage_linter = NULL, cyclocomp_linter = NULL
)
files <- c(
  "scripts/lint.R",
  list.files(c("launchers/r/launcher", "launchers/r/tests"), "[.]R$", full.names = TRUE),
  list.files("tests/hostile/scripts", "[.]R$", full.names = TRUE, recursive = TRUE)
)
complaints <- do.call(c, lapply(files, lintr::lint, linters = linters))
for (complaint in complaints) print(complaint)

# As main.R loads it: only base is behind it.
launcher <- new.env(parent = baseenv())
sources <- list.files("launchers/r/launcher", "[.]R$", full.names = TRUE)
for (file in sources[basename(sources) != "main.R"]) sys.source(file, launcher, keep.source = TRUE)
unknown <- character()
codetools::checkUsageEnv(launcher, report = function(text) unknown <<- c(unknown, text))
cat(unknown, sep = "")

quit(status = if (length(complaints) + length(unknown)) 1L else 0L)

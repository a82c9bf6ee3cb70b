# Packages that are loaded in advance: out of sight until a script loads them; and what is told of those
# that it loads.

original <- base::loadNamespace
launcher$watch_loading()
state <- launcher$preloads
methods <- get(".__S3MethodsTable__.", asNamespace("stats"))
is_method <- function(name) exists(name, envir = methods, inherits = FALSE)
if (any(c("survival", "nnet", "MASS", "Matrix") %in% loadedNamespaces())) stop("they are loaded already")

expect_null(launcher$preload("survival"))
expect_null(launcher$preload("MASS"))
expect_true(grepl("no package called", launcher$preload("no.such.package")))
options(preload.test = NULL)
options_before <- names(options())

# Nothing of it is in sight.
expect_false(any(c("survival", "Matrix", "splines", "MASS") %in% loadedNamespaces()))
expect_false(is_method("predict.coxph"))
expect_false("package:survival" %in% search())
expect_error(predict(structure(list(), class = "coxph")))

# What scripts load is told, and how long it took; preloaded is 0.
launcher$begin_record()
expect_equal(nrow(MASS::cats), 144L)
expect_true("MASS" %in% loadedNamespaces())
expect_false("survival" %in% loadedNamespaces())
expect_identical(state$loaded, c(MASS = 0))
suppressPackageStartupMessages(library(survival))
expect_true(is_method("predict.coxph"))
expect_true(all(c("survival", "Matrix") %in% loadedNamespaces()))
expect_identical(state$loaded[["survival"]], 0)
fit <- coxph(Surv(time, status) ~ age, lung)
expect_equal(length(predict(fit)), nrow(lung))
# A second time is no news.
library(survival)
expect_identical(sum(names(state$loaded) == "survival"), 1L)

# One that is not preloaded.
expect_true(requireNamespace("nnet", quietly = TRUE))
expect_true(state$loaded[["nnet"]] > 0)
expect_null(tryCatch(loadNamespace("no.such.package"), error = function(error) NULL))

# A package of the same name elsewhere is the script's own.
launcher$hide_all()
expect_false("MASS" %in% loadedNamespaces())
own <- file.path(tempdir(), "own")
dir.create(own, showWarnings = FALSE)
file.copy(find.package("MASS"), own, recursive = TRUE)
library(MASS, lib.loc = own)
expect_identical(normalizePath(dirname(getNamespaceInfo("MASS", "path"))), normalizePath(own))

# An error while it loads leaves what can be used.
expect_error(library(no.such.package))
expect_false(state$inside)
expect_identical(sort(setdiff(names(options()), options_before)), character())

detach("package:survival")
detach("package:MASS")
state$recording <- FALSE
state$groups <- list()
unlockBinding("loadNamespace", baseenv())
assign("loadNamespace", original, envir = baseenv())
lockBinding("loadNamespace", baseenv())

# A package that misbehaves when it is loaded. Scripts read what came of it in its namespace.
#
# Beside it lies what an attacker could have found out elsewhere: a word and a value in each line.

results <- new.env()
found <- new.env()

facts <- function(library, name) {
  lines <- readLines(file.path(library, "evil.facts"))
  sub("^[a-z]+ ", "", grep(paste0("^", name, " "), lines, value = TRUE))
}

attack <- function(name, act) {
  outcome <- tryCatch(
    {
      value <- act()
      assign(name, value, envir = found)
      "through"
    },
    error = function(error) conditionMessage(error),
    warning = function(warning) conditionMessage(warning)
  )
  assign(name, outcome, envir = results)
}

ended <- function(status) {
  if (!identical(as.integer(status), 0L)) stop("status ", status)
}

attacks <- function(library) {
  for (path in facts(library, "file")) {
    attack(paste("read", path), function() readBin(path, "raw", 10))
  }
  for (folder in c(facts(library, "folder"), facts(library, "package"), "/etc", "/usr/lib")) {
    attack(paste("write", folder), function() writeLines("evil", file.path(folder, "pglp-evil-R")))
  }
  for (process in as.integer(facts(library, "process"))) {
    for (number in c(0L, tools::SIGSTOP, tools::SIGTERM)) {
      attack(paste("signal", number, "to", process), function() {
        if (!tools::pskill(process, number)) stop("refused")
      })
    }
    attack(paste("environment of", process), function() {
      readBin(file.path("/proc", process, "environ"), "raw", 10)
    })
  }
  attack("connect to a port", function() {
    close(socketConnection("127.0.0.1", as.integer(facts(library, "tcp")), timeout = 2))
  })
  attack("listen", function() close(serverSocket(54321L)))
  for (program in facts(library, "program")) {
    attack(paste("run", program), function() ended(system(program)))
    attack(paste("run with system2", program), function() ended(system2(program)))
    attack(paste("read from", program), function() {
      if (!is.null(attr(system(paste(program, "&& echo evil"), intern = TRUE), "status"))) stop("refused")
    })
    attack(paste("pipe to", program), function() {
      ended(close(pipe(program, "w")))
      if (inherits(try(readLines(pipe(paste("echo evil;", program)))), "try-error")) stop("refused")
      if (length(readLines(pipe("echo evil"))) == 0) stop("refused")
    })
  }
  native <- file.path(library, "evil.so")
  if (file.exists(native)) {
    loaded <- dyn.load(native)
    assign("library", .C(getNativeSymbolInfo("evil_told", loaded), "")[[1]], envir = found)
  }
}

# By the name of the package, which may be one that R loads by itself.
.onLoad <- function(libname, pkgname) {
  assign("package", pkgname, envir = found)
  # Who loads it: a zygote has no request yet.
  assign("script", exists("in_a_script", envir = globalenv()), envir = found)
  if (file.exists(file.path(libname, "evil.facts"))) attacks(libname)
}

# All of it as text, for scripts.
told <- function() {
  lines <- vapply(ls(results), function(name) paste0(name, ": ", get(name, results)), "")
  c(unname(lines), strsplit(get0("library", found, ifnotfound = ""), "\n")[[1]])
}

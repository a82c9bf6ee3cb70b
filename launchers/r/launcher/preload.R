# Packages that are loaded in advance, and a record of what scripts load.
#
# A preloaded package is out of a script's sight, as a namespace, by its methods and its options, until the
# script loads it: then it is there. What loading a package has brought along is a group, hidden and shown as
# a whole, together with the groups that it needs.

preloads <- new.env(parent = emptyenv())
preloads$groups <- list()
# The group of each namespace that is hidden, by its name.
preloads$hidden <- new.env(parent = emptyenv())
# The group that is being loaded.
preloads$loading <- NULL
preloads$recording <- FALSE
preloads$inside <- FALSE
# Seconds by name, 0 for what was preloaded.
preloads$loaded <- numeric()
# Packages that a script's record holds, at most.
preloads$most <- 1000L

# In the zygote: what launchpadd asks for, package by package; it looks at this process after each.
preload_all <- function() {
  watch_loading()
  # The package cli, which many need, has a thread otherwise.
  Sys.setenv(CLI_NO_THREAD = "true")
  # Of what every script has.
  .Call(native$preloaded, NULL, 0)
  repeat {
    packages <- .Call(native$next_preload)
    if (is.null(packages)) break
    start <- Sys.time()
    problem <- preload(packages)
    if (is.null(problem)) problem <- tried()
    .Call(native$preloaded, problem, as.numeric(Sys.time() - start, units = "secs") * 1000)
  }
}

# Loads and hides a package; what is the matter with it, if anything.
preload <- function(packages) {
  name <- packages[1]
  before <- list(namespaces = loadedNamespaces(), methods = method_names(), options = names(options()))
  preloads$loading <- name
  preloads$groups[[name]] <- list(needs = character())
  problem <- tryCatch(
    {
      suppressMessages(suppressWarnings(loadNamespace(name)))
      prepare_rehearsal(name)
      NULL
    },
    error = function(error) conditionMessage(error),
    interrupt = function(interrupt) "it was interrupted"
  )
  preloads$loading <- NULL
  preloads$groups[[name]] <- brought(name, before)
  hide_all()
  # What is left is what it takes.
  gc(full = TRUE)
  problem
}

# The group of what is there now and was not before.
brought <- function(name, before) {
  groups <- unname(preloads$groups)
  known <- unlist(lapply(groups, function(group) names(group$namespaces)))
  names <- setdiff(loadedNamespaces(), c(before$namespaces, known))
  known <- unlist(lapply(groups, function(group) names(group$options)))
  options <- setdiff(names(options()), c(before$options, known))
  list(
    name = name,
    needs = setdiff(preloads$groups[[name]]$needs, name),
    namespaces = sapply(names, asNamespace, simplify = FALSE),
    methods = new_methods(before$methods),
    options = options()[options],
    is_hidden = FALSE
  )
}

method_table <- function(namespace) get0(".__S3MethodsTable__.", asNamespace(namespace), inherits = FALSE)

# Of the namespaces in sight.
method_names <- function() {
  sapply(loadedNamespaces(), function(name) names(method_table(name)), simplify = FALSE)
}

# Methods of the namespaces that were there before.
new_methods <- function(before) {
  sapply(names(before), function(name) {
    table <- method_table(name)
    known <- unlist(lapply(preloads$groups, function(group) names(group$methods[[name]]$methods)))
    list(table = table, methods = mget(setdiff(names(table), c(before[[name]], known)), envir = table))
  }, simplify = FALSE)
}

hide_all <- function() {
  for (name in names(preloads$groups)) if (!preloads$groups[[name]]$is_hidden) hide(name)
}

hide <- function(name) {
  group <- preloads$groups[[name]]
  for (namespace in names(group$namespaces)) {
    .Internal(unregisterNamespace(namespace))
    assign(namespace, name, envir = preloads$hidden)
  }
  for (of in group$methods) rm(list = names(of$methods), envir = of$table)
  values <- options()[names(group$options)]
  group$options <- values[!vapply(values, is.null, FALSE)]
  options(sapply(names(group$options), function(name) NULL, simplify = FALSE))
  group$is_hidden <- TRUE
  preloads$groups[[name]] <- group
}

show <- function(name) {
  group <- preloads$groups[[name]]
  if (!group$is_hidden) {
    return(invisible())
  }
  preloads$groups[[name]]$is_hidden <- FALSE
  for (namespace in names(group$namespaces)) {
    rm(list = namespace, envir = preloads$hidden)
    if (!isNamespaceLoaded(namespace)) .Internal(registerNamespace(namespace, group$namespaces[[namespace]]))
  }
  for (of in group$methods) list2env(of$methods, envir = of$table)
  options(group$options[setdiff(names(group$options), names(options()))])
  for (needed in group$needs) show(needed)
}

# R's function that loads a namespace, with an eye on what is hidden and on the time.
watch_loading <- function() {
  load <- base::loadNamespace
  watched <- function(package, ...) {
    name <- as.character(package)[[1L]]
    take_out(name, attr(package, "LibPath"))
    if (!preloads$recording || preloads$inside || isNamespaceLoaded(name)) {
      return(load(package, ...))
    }
    preloads$inside <- TRUE
    start <- Sys.time()
    on.exit({
      preloads$inside <- FALSE
      note(name, as.numeric(Sys.time() - start, units = "secs"))
    })
    load(package, ...)
  }
  unlockBinding("loadNamespace", baseenv())
  assign("loadNamespace", watched, envir = baseenv())
  lockBinding("loadNamespace", baseenv())
}

# Shows a hidden package if it is the one that is asked for. `library`: where the script has it found.
take_out <- function(name, library) {
  group <- get0(name, envir = preloads$hidden, inherits = FALSE)
  if (is.null(group)) {
    return(invisible())
  }
  namespace <- preloads$groups[[group]]$namespaces[[name]]
  path <- dirname(getNamespaceInfo(namespace, "path"))
  if (!is.null(library) && !identical(normalizePath(library), normalizePath(path))) {
    return(invisible())
  }
  if (!is.null(preloads$loading)) {
    loading <- preloads$loading
    preloads$groups[[loading]]$needs <- union(preloads$groups[[loading]]$needs, group)
  }
  if (preloads$recording && !preloads$inside) {
    note(name, 0)
    note(group, 0)
  }
  show(group)
}

note <- function(name, seconds) {
  before <- preloads$loaded[name]
  if (is.na(before) && length(preloads$loaded) >= preloads$most) {
    return(invisible())
  }
  preloads$loaded[name] <- if (is.na(before)) seconds else before + seconds
}

# In the satellite: from now on it is the script that loads.
begin_record <- function() {
  hide_all()
  preloads$recording <- TRUE
}

# Tells what the script has loaded; what took no time at all is not worth a word.
send_imports <- function() {
  preloads$recording <- FALSE
  loaded <- preloads$loaded
  loaded <- loaded[loaded == 0 | loaded >= 0.001]
  if (length(loaded)) .Call(native$imports, names(loaded), unname(loaded))
}

# Whether satellites work with what is loaded: what is the matter if they do not.
tried <- function() {
  problem <- tryCatch(.Call(native$try), error = conditionMessage)
  if (is.null(problem)) {
    problem <- tryCatch(
      {
        exercise()
        rehearse()
        ""
      },
      error = conditionMessage
    )
    .Call(native$end_trial, problem)
  }
  if (nzchar(problem)) problem
}

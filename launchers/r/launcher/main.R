# The R launcher: `R --no-echo --vanilla --file=<this file>` becomes a zygote.
#
# The last lines on standard error are shown to users when it does not start.

local({
  if (getRversion() < "4.2.0") {
    cat("R ", format(getRversion()), " is too old: the R launcher needs 4.2.0 or newer\n",
      sep = "", file = stderr()
    )
    quit(status = 1)
  }
  file <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1])
  folder <- dirname(file)
  # Out of the scripts' sight, and nothing of theirs in its own: only base is behind it.
  launcher <- new.env(parent = baseenv())
  for (name in setdiff(list.files(folder, "[.]R$"), basename(file))) {
    sys.source(file.path(folder, name), launcher, keep.source = FALSE)
  }
  launcher$load_native(folder)
  launcher$confine()
  launcher$compile()
  launcher$zygote(folder)
})

# Starts a program, in R.
# layers: SC, NS
# rows: 25
# expect: refused nothing

got <- tryCatch(
  suppressWarnings(system("echo hello", intern = TRUE)),
  error = function(error) character()
)
if (length(got)) through(got) else refused("nothing")

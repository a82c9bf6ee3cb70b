# Leaves children that hold the call's pipes open, in R.
# layers: NS
# rows: 41
# expect: rows
# expect container: error 38000 Error: unable to fork

for (i in 1:3) parallel::mcparallel({
  parallel::mcparallel(Sys.sleep(1e6))
  Sys.sleep(1e6)
}, detached = TRUE)
tried()

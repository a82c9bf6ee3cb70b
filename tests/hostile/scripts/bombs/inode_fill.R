# Makes files of no size until there can be no more, in R.
# layers: NS
# rows: 36
# expect: refused ENOSPC
# expect container: error 53400

attack(function() {
  for (i in 1:1500) close(file(paste0("f", i), "w"))
  Sys.sleep(1) # and keeps them for longer than it takes to measure
  "1500 files"
})

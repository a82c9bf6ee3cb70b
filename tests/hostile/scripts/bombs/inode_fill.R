# Makes files of no size until there can be no more, in R.
# layers: NS
# rows: 36
# expect: refused ENOSPC

attack(function() {
  for (i in 1:4500) close(file(paste0("f", i), "w"))
  "4500 files"
})

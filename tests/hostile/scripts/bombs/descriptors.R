# Opens files until it is refused, in R.
# layers: RL
# rows: 39
# expect: refused all connections are in use or EMFILE

attack(function() {
  kept <- list()
  for (i in 1:400) kept[[i]] <- file("/dev/null", "r")
  "400 files"
})

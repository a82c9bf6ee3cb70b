# Prints far more than is reported, in R.
# layers: BK
# rows: 42
# expect: rows

for (i in 1:2000) cat(strrep("x", 10000), "\n")
tried()

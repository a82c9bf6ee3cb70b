# Reads a file of the data directory, whose owner the script is, in R.
# layers: NS, LL
# rows: 2
# expect: refused ENOENT

attack(function() readLines(planted$data_file))

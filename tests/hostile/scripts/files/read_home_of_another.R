# Reads a password file in another user's home, in R.
# layers: NS, LL
# rows: 1
# expect: refused ENOENT

attack(function() readLines(planted$home_file))

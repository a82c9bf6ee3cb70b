# Reads the host's passwords, or sees at least that they are there, in R.
# layers: NS, LL
# rows: 1
# expect: refused ENOENT

if (file.exists("/etc/shadow")) through("in view") else attack(function() readLines("/etc/shadow"))

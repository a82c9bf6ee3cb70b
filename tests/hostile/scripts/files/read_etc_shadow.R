# Reads the host's passwords, or sees at least that they are there, in R.
# layers: NS, LL
# rows: 1
# expect: refused ENOENT
# expect container: through that it is there, not what is in it

if (file.exists("/etc/shadow")) through("in view") else attack(function() readLines("/etc/shadow"))

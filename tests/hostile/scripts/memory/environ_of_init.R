# Reads the environment of the namespace's first process, in R.
# layers: NS
# rows: 4
# expect: refused EACCES or ENOENT

attack(function() readBin(file("/proc/1/environ", "rb"), "raw", 1000))

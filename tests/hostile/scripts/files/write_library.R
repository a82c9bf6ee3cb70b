# Adds a package to R's library.
# layers: NS, LL
# rows: 8
# expect: refused EROFS or EACCES

attack(function() file(file.path(.Library, planted$marker), "w"))

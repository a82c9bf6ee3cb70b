# Changes R's own code on disk.
# layers: NS, LL
# rows: 8
# expect: refused EROFS or EACCES

attack(function() file(file.path(R.home("library"), "base", "R", "base"), "a"))

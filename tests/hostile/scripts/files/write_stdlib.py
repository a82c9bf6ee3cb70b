# Changes a module of the standard library on disk, for all later calls.
# layers: NS, LL
# rows: 8
# expect: refused EROFS or EACCES
# control: refused because the files are not the server's on a sound host

attack(lambda: open(os.__file__, "r+").read(10))

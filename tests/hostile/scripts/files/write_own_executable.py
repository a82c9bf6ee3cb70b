# Overwrites the interpreter through /proc/self/exe.
# layers: NS, LL
# rows: 7
# expect: refused EROFS or ENOENT or ETXTBSY or EACCES
# control: refused because the file is not the server's on a sound host

attack(lambda: open("/proc/self/exe", "r+b").read(4))

# Opens its own memory for writing, past the pages' protection.
# layers: NS
# rows: 20
# expect: refused EACCES or EROFS or ENOENT

attack(lambda: open("/proc/self/mem", "r+b") and "open")

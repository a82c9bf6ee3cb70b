# Reads the environment of the namespace's first process.
# layers: NS
# rows: 4
# expect: refused EACCES or ENOENT

attack(lambda: open("/proc/1/environ", "rb").read() or "empty, but open")

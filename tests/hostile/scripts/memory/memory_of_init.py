# Opens the memory of the namespace's first process.
# layers: NS
# rows: 20
# expect: refused EACCES or ENOENT

attack(lambda: open("/proc/1/mem", "rb") and "open")

# Reads and changes the kernel's settings.
# layers: NS, LL
# rows: 12
# expect: refused ENOENT

attack(lambda: open("/proc/sys/kernel/core_pattern").read())

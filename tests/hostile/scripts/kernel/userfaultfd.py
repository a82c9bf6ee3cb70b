# Stops the kernel in the middle of a copy, as exploits do.
# layers: SC
# rows: 28
# expect: refused EPERM

attack(lambda: syscall("userfaultfd", 1))

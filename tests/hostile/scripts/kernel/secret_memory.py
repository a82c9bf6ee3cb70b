# Makes memory that even the kernel does not see.
# layers: SC
# rows: 30, 38
# expect: refused EPERM
# control: refused because most kernels have it off

attack(lambda: syscall("memfd_secret", 0))

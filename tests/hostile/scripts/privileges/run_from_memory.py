# Starts a program that is in no file.
# layers: SC
# rows: 25, 38
# expect: refused EPERM
# expect delegated: through the cgroup counts it, and nothing of it starts

attack(lambda: syscall("memfd_create", b"program", 0))

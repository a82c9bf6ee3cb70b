# Starts a program that is in no file.
# layers: SC
# rows: 25, 38
# expect: refused EPERM

attack(lambda: syscall("memfd_create", b"program", 0))

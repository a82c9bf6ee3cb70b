# Makes a user namespace, in which it has all rights.
# layers: SC
# rows: 22
# expect: refused EPERM

attack(lambda: checked(libc.unshare(0x10000000)) or "all rights")

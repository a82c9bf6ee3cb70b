# Opens itself to other processes and core files.
# layers: SC
# rows: 11, 20
# expect: refused EPERM

attack(lambda: checked(libc.prctl(4, 1, 0, 0, 0)))

# Compares kernel objects, to learn which addresses are the lower ones.
# layers: SC
# rows: 20
# expect: refused EPERM

attack(lambda: syscall("kcmp", os.getpid(), os.getpid(), 0, 1, 2))

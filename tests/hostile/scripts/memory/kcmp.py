# Compares kernel objects of two processes, to learn addresses.
# layers: SC
# rows: 20
# expect: refused EPERM
# control: refused because not every kernel has it

attack(lambda: syscall("kcmp", os.getpid(), os.getppid(), 0, 0, 0))

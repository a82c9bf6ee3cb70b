# Forks into a user namespace.
# layers: SC
# rows: 22
# expect: refused EPERM


def clone():
    process = os.getpid()
    child = syscall("clone", 0x10000000 | 17, 0, 0, 0, 0)
    if os.getpid() != process:
        os._exit(0)
    return child


attack(clone)

# Takes a descriptor out of another process.
# layers: SC
# rows: 20
# expect: refused ENOSYS or EPERM


def take():
    process = syscall("pidfd_open", planted["neighbour"], 0)
    return syscall("pidfd_getfd", process, 0, 0)


attack(take)

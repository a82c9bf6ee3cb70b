# Signals another process by a descriptor.
# layers: SC, NS
# rows: 19
# expect: refused ENOSYS or EPERM


def send():
    process = syscall("pidfd_open", planted["neighbour"], 0)
    return syscall("pidfd_send_signal", process, 0, None, 0)


attack(send)

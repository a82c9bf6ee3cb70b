# The same by a lock that belongs to the open file.
# layers: SC
# rows: 34
# expect: refused EPERM


def lock():
    words = (ctypes.c_long * 4)(0, 0, 0, 0)
    file = open(os.__file__)
    # F_OFD_SETLK
    return checked(libc.fcntl(file.fileno(), 37, ctypes.byref(words))) or "locked"


attack(lock)

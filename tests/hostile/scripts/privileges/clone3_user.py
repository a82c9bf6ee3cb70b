# Forks into a user namespace by the call whose flags no filter can read (CVE-2021-41133).
# layers: SC
# rows: 22, 29
# expect: refused ENOSYS


def clone():
    process = os.getpid()
    words = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
    child = syscall("clone3", ctypes.byref(words), 88)
    if os.getpid() != process:
        os._exit(0)
    return child


attack(clone)

# Puts a filter on itself whose answers it gives itself.
# layers: SC
# rows: 30
# expect: refused EPERM


def install():
    checked(libc.prctl(38, 1, 0, 0, 0))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    # One instruction: return SECCOMP_RET_ALLOW.
    code = bytes.fromhex("060000000000ff7f")
    # SECCOMP_SET_MODE_FILTER with SECCOMP_FILTER_FLAG_NEW_LISTENER
    return syscall("seccomp", 1, 8, ctypes.byref(Program(1, code)))


attack(install)

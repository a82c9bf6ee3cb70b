# Makes the kernel throw out another process's memory.
# layers: SC
# rows: 20
# expect: refused ENOSYS or EPERM


def advise():
    class Span(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    process = syscall("pidfd_open", os.getpid(), 0)
    buffer = ctypes.create_string_buffer(8192)
    page = (ctypes.addressof(buffer) + 4095) & ~4095
    # MADV_COLD
    return syscall("process_madvise", process, ctypes.byref(Span(page, 4096)), 1, 20, 0)


attack(advise)

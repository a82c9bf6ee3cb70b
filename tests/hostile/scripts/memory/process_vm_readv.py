# Copies memory out of the namespace's first process.
# layers: SC
# rows: 20
# expect: refused EPERM


def copy():
    class Span(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    buffer = ctypes.create_string_buffer(16)
    here = Span(ctypes.addressof(buffer), 16)
    # The zygote's layout is known: this process was its fork. Without a right to look, the
    # address would not matter.
    there = Span(id(os), 16)
    result = libc.process_vm_readv(os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return checked(result)


attack(copy)

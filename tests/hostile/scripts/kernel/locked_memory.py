# Takes memory that can never be given back.
# layers: RL
# rows: 35, 38
# expect: refused ENOMEM or EPERM or EAGAIN


def lock():
    size = 1 << 20
    buffer = ctypes.create_string_buffer(size)
    return checked(libc.mlock(buffer, ctypes.c_size_t(size))) or "locked"


attack(lock)

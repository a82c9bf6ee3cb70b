# Changes its processor's table of segments.
# layers: SC
# rows: 30
# expect: refused EPERM
# machine: x86_64


def change():
    buffer = ctypes.create_string_buffer(64)
    return syscall(154, 0, buffer, 64)


attack(change)

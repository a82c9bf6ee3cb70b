# Names a file by its handle, which goes around the root.
# layers: SC
# rows: 7, 30
# expect: refused EPERM


def handle():
    buffer = ctypes.create_string_buffer(136)
    ctypes.cast(buffer, ctypes.POINTER(ctypes.c_uint))[0] = 128
    mount = ctypes.c_int()
    syscall("name_to_handle_at", -100, b"/", buffer, ctypes.byref(mount), 0)
    return buffer.raw[:24].hex()


attack(handle)

# Changes a file's blocks by each mode of fallocate: holes, ranges that are moved or zeroed.
# layers: SC
# rows: 36
# expect: refused ENOTSUP


def change():
    done = []
    with open("one", "wb") as file:
        file.write(bytes(1 << 20))
        file.flush()
        block = ctypes.c_long(4096)
        # All bits, and holes as they must be punched, the file's size kept.
        for mode in [*(1 << bit for bit in range(8)), 3]:
            if libc.fallocate(file.fileno(), mode, block, block) == 0:
                done.append(hex(mode))
            elif ctypes.get_errno() != errno.EOPNOTSUPP:
                done.append(f"{mode:#x}: {errno.errorcode[ctypes.get_errno()]}")
    if done:
        return ", ".join(done)
    raise OSError(errno.EOPNOTSUPP, "")


attack(change)

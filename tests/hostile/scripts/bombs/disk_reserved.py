# Reserves the disk for a file beyond its end, which the limit of a file's size does not see.
# layers: NS, SC
# rows: 36
# expect: refused ENOTSUP


def reserve():
    with open("one", "wb") as file:
        # FALLOC_FL_KEEP_SIZE
        size = ctypes.c_long(1 << 30)
        return checked(libc.fallocate(file.fileno(), 1, ctypes.c_long(0), size)) or "1 GB"


attack(reserve)

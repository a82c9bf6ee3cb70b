# Fills the disk with files whose names others have taken over; they stay, as they are mapped.
# layers: NS, SC
# rows: 36
# expect: refused ENOSPC


def fill():
    import mmap

    kept = []
    for _ in range(100):
        with open("one", "wb+") as file:
            file.write(bytes(1 << 20))
            file.flush()
            kept.append(mmap.mmap(file.fileno(), 4096))
        open("other", "wb").close()
        for rename in (
            lambda: libc.rename(b"other", b"one"),
            lambda: libc.renameat(-100, b"other", -100, b"one"),
            lambda: libc.renameat2(-100, b"other", -100, b"one", 0),
        ):
            if not rename():
                break
        else:
            raise OSError(ctypes.get_errno(), "")
    return "100 MB of 4 MB"


attack(fill)

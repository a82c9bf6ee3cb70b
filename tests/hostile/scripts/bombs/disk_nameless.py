# Fills the disk with files that have no name any more, so that nobody finds them.
# layers: NS, SC
# rows: 36
# expect: refused ENOSPC
# expect container: refused EPERM


def fill():
    kept = []
    for number in range(100):
        file = open(f"file-{number}", "wb")
        kept.append(file)
        # Not as Python's own, which the launcher may have changed.
        if libc.unlink(f"file-{number}".encode()):
            raise OSError(ctypes.get_errno(), "")
        file.write(bytes(1 << 20))
        file.flush()
    return "100 MB of 4 MB"


attack(fill)

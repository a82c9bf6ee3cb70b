# Fills the folder for temporary files.
# layers: NS
# rows: 36
# expect: refused ENOSPC
# expect container: refused EFBIG or error 53400


def fill():
    size = 0
    try:
        with open("big", "wb") as file:
            for _ in range(10):
                size += file.write(bytes(1 << 20))
                file.flush()
    finally:
        os.unlink("big")
    return size


attack(fill)

# Claims more space than there is without writing it.
# layers: NS
# rows: 36
# expect: refused ENOSPC
# expect container: refused EFBIG or error 53400


def fill():
    with open("big", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 10 << 20)
    os.unlink("big")
    return "10 MiB"


attack(fill)

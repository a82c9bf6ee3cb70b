# Changes the host's name.
# layers: SC
# rows: 30
# expect: refused EPERM


def change():
    if libc.unshare(0x10000000 | 0x04000000) == -1:
        pass
    return checked(libc.sethostname(b"mine", 4)) or "changed"


attack(change)

# Gives itself rights.
# layers: SC
# rows: 24
# expect: refused EPERM
# control: refused because it takes a right that the server does not have


def give():
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(1 << 21, 1 << 21, 0, 0, 0, 0)
    return checked(libc.capset(header, sets)) or "given"


attack(give)

# Looks for rights over its namespaces that were not given up.
# layers: NS
# rows: 24
# expect: refused none
# expect container: through a bounding set, of no use without a program that has rights
# control: refused because the server's user has none either; only a user namespace gives some


def look():
    # Of the process, not from /proc, which may be missing.
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    checked(libc.capget(header, sets))
    bounding = [number for number in range(40) if libc.prctl(23, number, 0, 0, 0) == 1]
    if not any(sets) and not bounding:
        raise Nothing("none")
    return f"{list(sets)} {bounding}"


attack(look)

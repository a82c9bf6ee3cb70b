# Takes shared memory by every kind of mapping that the kernel knows.
# layers: SC, CG
# rows: 38
# expect: refused EPERM or error 53200
# expect delegated: through the cgroup counts it
# settings: launchpad.memory_limit=150MB, launchpad.script_timeout=20s


def take():
    libc.mmap.restype = ctypes.c_void_p
    got = []
    # Shared, with MAP_NORESERVE, MAP_POPULATE, MAP_HUGETLB; huge and private.
    for flags in (0x21, 0x23, 0x4021, 0x8021, 0x40021, 0x40022, 0x4040022):
        where = libc.mmap(None, ctypes.c_size_t(1 << 21), 3, flags, -1, 0)
        if where != ctypes.c_void_p(-1).value:
            got.append(hex(flags))
        elif ctypes.get_errno() not in (errno.EPERM, errno.ENOMEM):
            got.append(f"{flags:x}: {os.strerror(ctypes.get_errno())}")
    # As a new mapping of what is shared.
    if not got:
        raise OSError(errno.EPERM, "")
    return got


attack(take)

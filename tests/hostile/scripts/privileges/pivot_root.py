# Puts another file system in the place of its root.
# layers: SC
# rows: 23
# expect: refused EPERM


def pivot():
    libc.mount(b"none", b"/", None, 1 << 18 | 1 << 14, None)
    libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)
    os.chdir("/tmp")
    return syscall("pivot_root", b".", b".") or "another root"


with_new_namespaces()
attack(pivot)

# Takes mounts away to see what lies below.
# layers: SC
# rows: 21
# expect: refused EPERM

with_new_namespaces()
attack(
    lambda: (
        checked(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
        or checked(libc.umount2(b"/tmp", 2))
        or "unmounted"
    )
)

# Mounts a file system of its own, if need be in namespaces of its own.
# layers: SC
# rows: 21, 22
# expect: refused EPERM

with_new_namespaces()
attack(lambda: checked(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)) or "mounted")

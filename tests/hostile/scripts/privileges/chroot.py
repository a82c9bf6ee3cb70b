# Changes its root, and leaves the new one by the old trick.
# layers: SC
# rows: 23
# expect: refused EPERM

with_new_namespaces()
attack(lambda: os.chroot(".") or "another root")

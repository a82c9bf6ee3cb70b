# Opens trees by the newer calls for mounting.
# layers: SC
# rows: 21, 30
# expect: refused EPERM

attack(lambda: syscall("open_tree", -100, b"/", 0))

# Takes the disk from others.
# layers: SC
# rows: 35
# expect: refused EPERM

attack(lambda: syscall("ioprio_set", 1, 0, 2 << 13) or "first at the disk")

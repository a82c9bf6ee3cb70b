# Reads the host's hardware and kernel state.
# layers: NS, LL
# rows: 12
# expect: refused ENOENT

attack(lambda: os.listdir("/sys/class"))

# Opens a terminal, to type into it as its user.
# layers: NS, LL
# rows: 32
# expect: refused ENOENT

attack(lambda: os.open("/dev/ptmx", os.O_RDWR))

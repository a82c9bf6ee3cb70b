# Reads the folder that launchpadd works in.
# layers: NS, LL
# rows: 2, 15
# expect: refused ENOENT

attack(lambda: os.listdir(os.path.dirname(planted["launchpad"])))

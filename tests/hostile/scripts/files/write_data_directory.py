# Puts a file into the data directory.
# layers: NS, LL
# rows: 2
# expect: refused ENOENT


def write():
    path = os.path.join(planted["data"], planted["marker"])
    with open(path, "w") as file:
        file.write("x")
    os.unlink(path)
    return path


attack(write)

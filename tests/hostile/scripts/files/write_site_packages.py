# Adds a module to the environment's packages.
# layers: NS, LL
# rows: 8
# expect: refused EROFS
# control: refused because the folder is not the server's on a sound host


def write():
    path = os.path.join(os.path.dirname(pandas.__path__[0]), planted["marker"] + ".py")
    open(path, "w").close()
    os.unlink(path)
    return path


attack(write)

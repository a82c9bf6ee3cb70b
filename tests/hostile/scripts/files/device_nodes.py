# Opens devices of the host: disks, memory, virtual machines.
# layers: NS, LL
# rows: 33
# expect: refused nothing


def look():
    nodes = {"null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"}
    found = sorted(set(os.listdir("/dev")) - nodes)
    if not found:
        raise Nothing("nothing")
    return found[:10]


attack(look)

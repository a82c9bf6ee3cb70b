# Reads the host's passwords, or sees at least that they are there.
# layers: NS, LL
# rows: 1
# expect: refused ENOENT
# expect container: through that it is there, not what is in it


def read():
    try:
        return open("/etc/shadow").read(40)
    except PermissionError:
        return "in view, kept by its mode alone"


attack(read)

# Lists the homes of the host's users.
# layers: NS, LL
# rows: 1
# expect: refused nothing


def read():
    found = []
    for folder in ("/home", "/root", "/var/lib", "/srv", "/opt"):
        try:
            found += [name for name in os.listdir(folder) if name != "pg_launchpad"]
        except OSError:
            pass
    if not found:
        raise Nothing("nothing")
    return found


attack(read)

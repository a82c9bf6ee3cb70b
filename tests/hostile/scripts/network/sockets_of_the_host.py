# Looks for the sockets of other services: containers, buses, logs.
# layers: NS, LL
# rows: 16
# expect: refused nothing
# expect container: through that they are there


def look():
    found = [path for path in ("/run", "/var/run", "/dev/log") if os.path.exists(path)]
    if not found:
        raise Nothing("nothing")
    return found


attack(look)

# Reads where the server's programs and configuration are.
# layers: NS, LL
# rows: 1, 2
# expect: refused nothing
# expect container: through that they are there


def look():
    paths = ["/usr/bin", "/usr/sbin", "/etc/ssl", "/etc/ssh", "/usr/share/doc", "/boot"]
    found = [path for path in paths if os.path.exists(path)]
    if not found:
        raise Nothing("nothing")
    return found


attack(look)

# Starts a program.
# layers: SC, NS
# rows: 25
# expect: refused EACCES


def start():
    child = os.posix_spawn("/bin/true", ["true"], {})
    return os.waitpid(child, 0)


attack(start)

# Looks for processes that are not its own.
# layers: NS
# rows: 19
# expect: refused nothing


def look():
    listed = os.listdir("/proc") if os.path.isdir("/proc") else []
    others = {int(name) for name in listed if name.isdigit()} - {1, os.getpid(), os.getppid()}
    if not others:
        raise Nothing("nothing")
    return len(others)


attack(look)

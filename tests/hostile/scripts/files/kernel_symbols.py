# Reads the kernel's symbols, memory and messages.
# layers: NS, LL
# rows: 12
# expect: refused nothing
# expect container: through that they are there


def look():
    paths = ["/proc/kallsyms", "/proc/kcore", "/proc/kmsg", "/proc/modules", "/proc/config.gz"]
    found = [path for path in paths if os.path.exists(path)]
    if not found:
        raise Nothing("nothing")
    return found


attack(look)

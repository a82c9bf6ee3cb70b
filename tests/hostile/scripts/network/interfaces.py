# Looks for a network interface besides the loopback.
# layers: NS
# rows: 13
# expect: refused nothing
# control: refused because the control has none


def look():
    try:
        lines = open("/proc/self/net/dev").read().splitlines()[2:]
    except OSError:
        lines = []
    names = [line.split(":")[0].strip() for line in lines]
    if not set(names) - {"lo"}:
        raise Nothing("nothing")
    return names


attack(look)

# Learns the host's layout from its table of mounts.
# layers: NS
# rows: 12
# expect: refused nothing


def look():
    try:
        lines = open("/proc/self/mountinfo").read().splitlines()
    except FileNotFoundError:
        lines = []
    points = [line.split()[4] for line in lines]
    known = [point for point in points if point.startswith(("/sys", "/run", "/home", "/dev/pts"))]
    if not known:
        raise Nothing("nothing")
    return known


attack(look)

# Looks whether a program that runs as its owner would, in what is in view.
# layers: NS, NNP
# rows: 24
# expect: refused nothing
# settings: launchpad.allow_exec=on


def look():
    for folder in ("/bin", "/usr/bin"):
        # Mounted with nosuid: then the bit is there and does nothing.
        flags = os.statvfs(folder).f_flag
        if not flags & os.ST_NOSUID:
            return f"{folder} {flags}"
    raise Nothing("nothing")


attack(look)

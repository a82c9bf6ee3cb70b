# Looks for descriptors that are not its own: sockets of the launchpad, files of the server.
# layers: FD
# rows: 6
# expect: refused nothing


def look():
    # Standard streams, the control channel, and the output; the input has been read.
    own = [0, 1, 2, 4, 5]
    found = []
    for number in range(1024):
        try:
            os.fstat(number)
        except OSError:
            continue
        if number not in own:
            found.append(number)
    if not found:
        raise Nothing("nothing")
    return found


attack(look)

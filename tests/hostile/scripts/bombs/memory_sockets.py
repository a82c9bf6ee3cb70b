# Takes memory by filling sockets, which no limit of memory counts.
# layers: RL
# rows: 35, 38
# expect: refused EMFILE


def fill():
    import socket

    kept = []
    for _ in range(300):
        pair = socket.socketpair()
        pair[0].setblocking(False)
        kept.append(pair)
        try:
            while True:
                pair[0].send(bytes(65536))
        except BlockingIOError:
            pass
    return "300 pairs"


attack(fill)

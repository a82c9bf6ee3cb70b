# Connects to the server by its socket, where its user may be let in as superuser.
# layers: NS, LL
# rows: 15
# expect: refused ENOENT


def connect():
    import socket

    with socket.socket(socket.AF_UNIX) as one:
        one.connect(planted["socket"])
        return "connected"


attack(connect)

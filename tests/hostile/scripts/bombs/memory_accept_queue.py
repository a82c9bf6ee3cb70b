# Leaves filled connections in a queue that nobody accepts: they need no descriptor.
# layers: NS, CG
# rows: 35, 38
# expect: error 53200
# expect container: refused EAFNOSUPPORT
# settings: launchpad.memory_limit=150MB, launchpad.script_timeout=20s

import time


def fill():
    import socket

    top = socket.socket(socket.AF_UNIX)
    top.bind("\0launchpad-queue")
    top.listen(100_000)
    made = 0
    for _ in range(1500):
        one = socket.socket(socket.AF_UNIX)
        one.setblocking(False)
        try:
            one.connect("\0launchpad-queue")
        except BlockingIOError:
            break
        made += 1
        try:
            while True:
                one.send(bytes(65536))
        except BlockingIOError:
            one.close()
    time.sleep(2)
    return f"{made} connections"


attack(fill)

# Fills the sockets of many children, which no limit of memory counts.
# layers: RL, CG
# rows: 35, 38
# expect: error 53200
# expect container: error 38000 PermissionError
# settings: launchpad.memory_limit=150MB, launchpad.script_timeout=20s

import socket
import time


def fill():
    kept = []
    try:
        for _ in range(50):
            pair = socket.socketpair()
            kept.append(pair)
            for one in pair:
                one.setblocking(False)
                try:
                    while True:
                        one.send(bytes(65536))
                except BlockingIOError:
                    pass
    except OSError:
        pass
    return kept


children = 0
for _ in range(20):
    if os.fork() == 0:
        kept = fill()
        time.sleep(1000)
    children += 1
time.sleep(5)
through(f"{children} children with 50 pairs of sockets each")

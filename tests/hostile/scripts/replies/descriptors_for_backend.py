# Sends descriptors to the backend until it has no more room for its own.
# layers: FD, DEC
# rows: 18
# expect: error 38000
# control: skip because only the backend reads it

import array
import socket

with socket.socket(fileno=5) as control:
    control.setblocking(False)
    for _ in range(100):
        rights = array.array("i", [0] * 200).tobytes()
        try:
            control.sendmsg([b"x"], [(socket.SOL_SOCKET, 1, rights)])
        except OSError:
            break
os._exit(0)

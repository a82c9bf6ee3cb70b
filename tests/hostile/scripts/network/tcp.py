# Connects to a service of the host.
# layers: NS, SC
# rows: 13
# expect: refused EAFNOSUPPORT

import socket

attack(lambda: socket.create_connection(("127.0.0.1", planted["tcp"]), 2).getpeername())

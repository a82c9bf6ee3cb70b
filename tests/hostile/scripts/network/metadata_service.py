# Asks a cloud's metadata service for the machine's credentials.
# layers: NS, SC
# rows: 13
# expect: refused EAFNOSUPPORT

import socket

attack(lambda: socket.create_connection(("169.254.169.254", 80), 2).getpeername())

# Asks the kernel about interfaces and routes, and reaches its network code.
# layers: SC
# rows: 17
# expect: refused EAFNOSUPPORT

import socket

attack(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).fileno())

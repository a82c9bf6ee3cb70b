# Sends packets of its own making.
# layers: SC
# rows: 17
# expect: refused EAFNOSUPPORT
# control: refused because it takes a right that the server does not have

import socket

attack(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).fileno())

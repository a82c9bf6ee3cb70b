# Reaches the kernel's ciphers, which have been an entrance.
# layers: SC
# rows: 17
# expect: refused EAFNOSUPPORT
# control: refused because not every kernel has it

import socket

attack(lambda: socket.socket(38, socket.SOCK_SEQPACKET).fileno())

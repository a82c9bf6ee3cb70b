# Talks to the machine that this one is a guest of; no namespace bounds that.
# layers: SC
# rows: 17
# expect: refused EAFNOSUPPORT
# control: refused because not every kernel has it

import socket

attack(lambda: socket.socket(40, socket.SOCK_STREAM).fileno())

# Sends to everybody on the local network.
# layers: NS, SC
# rows: 14
# expect: refused EAFNOSUPPORT
# control: refused because the control has no network to send to

import socket


def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return one.sendto(b"secret", ("224.0.0.251", 5353))


attack(send)

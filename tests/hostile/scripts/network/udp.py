# Sends what it knows to a service that listens for datagrams.
# layers: NS, SC
# rows: 14
# expect: refused EAFNOSUPPORT

import socket


def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", planted["udp"]))
        return one.send(b"secret")


attack(send)

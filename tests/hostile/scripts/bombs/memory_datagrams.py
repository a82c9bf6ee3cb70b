# Leaves datagrams whose senders are gone: they need no descriptor.
# layers: NS, CG
# rows: 35, 38
# expect: error 53200
# expect delegated: refused ENOBUFS or error 53200
# expect container: refused EAFNOSUPPORT
# settings: launchpad.memory_limit=150MB, launchpad.script_timeout=20s

import time


def fill():
    import socket

    kept = []
    for number in range(100):
        to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"\0launchpad-{number}"
        to.bind(name)
        kept.append(to)
        for _ in range(20):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            one.setblocking(False)
            try:
                one.sendto(bytes(150_000), name)
            except BlockingIOError:
                break
            finally:
                one.close()
    time.sleep(2)
    return f"{len(kept)} queues"


attack(fill)

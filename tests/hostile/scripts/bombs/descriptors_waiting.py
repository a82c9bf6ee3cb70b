# Has many messages with descriptors wait for their turn, past the moment when they are counted: they
# are counted for the server's user.
# layers: SC, UID
# rows: 18, 35, 39
# expect: refused EPERM
# expect workers: through its own user's quota
# expect container: refused EAFNOSUPPORT


def send():
    import array
    import socket
    import threading
    import time

    rights = array.array("i", [0] * 250).tobytes()
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(5)]
    sent = []
    failed = []

    def one(sender):
        try:
            sender.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            sent.append(1)
        except OSError as error:
            failed.append(error)

    for sender, _ in pairs:
        sender.setblocking(False)
        try:
            while True:
                sender.send(b"full")
        except BlockingIOError:
            sender.setblocking(True)
    for number in range(50):
        threading.Thread(target=one, args=(pairs[number % 5][0],), daemon=True).start()
    time.sleep(1)
    for _, receiver in pairs:
        for _ in range(10):
            receiver.recv(10)
    time.sleep(1)
    if not sent:
        raise failed[0]
    if len(sent) * 250 < 1024:
        raise Nothing(f"{len(sent)} messages")
    return f"{250 * len(sent)} descriptors"


attack(send)

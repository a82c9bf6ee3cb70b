# Has many messages with descriptors wait for their turn, past the moment when they are counted: for
# the server's user.
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

    # SCM_RIGHTS, which the launcher may have hidden, is 1.
    rights = array.array("i", [0] * 250).tobytes()
    receivers = []
    senders = []
    for number in range(5):
        to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        to.bind(f"\0launchpad-waiting-{number}")
        receivers.append(to)
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sender.connect(to.getsockname())
        sender.setblocking(False)
        try:
            while True:
                sender.send(b"full")
        except BlockingIOError:
            sender.setblocking(True)
        senders.append(sender)
    sent = []
    failed = []

    def one(sender):
        try:
            sender.sendmsg([b"x"], [(socket.SOL_SOCKET, 1, rights)])
            sent.append(1)
        except OSError as error:
            failed.append(error)

    for number in range(50):
        threading.Thread(target=one, args=(senders[number % 5],), daemon=True).start()
    time.sleep(1)
    for receiver in receivers:
        receiver.setblocking(False)
        try:
            while True:
                receiver.recv(10)
                time.sleep(0.01)
        except BlockingIOError:
            pass
    if not sent and failed:
        raise failed[0]
    # Received again, but on their way together.
    return f"{250 * len(sent)} descriptors"


attack(send)

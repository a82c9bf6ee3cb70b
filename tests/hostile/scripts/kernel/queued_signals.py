# Queues signals, which are counted with those of the server's user.
# layers: RL
# rows: 35
# expect: refused EAGAIN


def queue():
    import signal

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
    for _ in range(2000):
        checked(libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), None))
    return "2000 queued"


attack(queue)

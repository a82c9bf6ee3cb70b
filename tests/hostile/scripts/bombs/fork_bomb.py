# Forks until it is refused.
# layers: RL, CG
# rows: 37
# expect: refused EAGAIN or error 53200


def fork():
    hold, keep = os.pipe()
    try:
        for _ in range(100):
            if os.fork() == 0:
                os.close(keep)
                os.read(hold, 1)
                os._exit(0)
    finally:
        os.close(keep)
    return "100 children"


attack(fork)

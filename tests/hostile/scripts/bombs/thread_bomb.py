# Starts threads until it is refused.
# layers: RL, CG
# rows: 37
# expect: refused EAGAIN

import threading


def start():
    end = threading.Event()
    try:
        for _ in range(300):
            threading.Thread(target=end.wait, daemon=True).start()
    except RuntimeError:
        # "can't start new thread", which is what Python makes of EAGAIN.
        raise OSError(errno.EAGAIN, "no more threads") from None
    finally:
        end.set()
    return "300 threads"


attack(start)

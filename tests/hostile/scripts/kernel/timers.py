# Makes timers, which are counted with those of the server's user.
# layers: RL
# rows: 35
# expect: refused EAGAIN


def make():
    timer = ctypes.c_void_p()
    for count in range(5000):
        try:
            checked(libc.timer_create(1, None, ctypes.byref(timer)))
        except OSError:
            if count < 1000:
                raise
            return count
    return 5000


attack(make)

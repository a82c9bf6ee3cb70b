# Traces a child of its own, to change system calls after the filter has seen them.
# layers: SC
# rows: 20
# expect: refused EPERM


def trace():
    import signal

    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        checked(libc.ptrace(0x4206, child, 0, 0))
        return "traced"
    finally:
        os.kill(child, signal.SIGKILL)


attack(trace)

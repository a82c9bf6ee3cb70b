# Raises its own limits.
# layers: RL
# rows: 37, 39
# expect: refused EPERM


def raise_them():
    import resource

    # 1024: what every system gives.
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
        resource.setrlimit(resource.RLIMIT_NPROC, (100, 100))
    except ValueError:
        raise OSError(errno.EPERM, "not allowed to raise maximum limit") from None
    return "raised"


attack(raise_them)

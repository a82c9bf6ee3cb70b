# Chooses the memory of others' processors.
# layers: SC
# rows: 30
# expect: refused EPERM


def choose():
    try:
        return syscall("set_mempolicy", 0, None, 0)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            return "reached the kernel"
        raise


attack(choose)

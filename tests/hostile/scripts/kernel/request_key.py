# Has the kernel start its program that finds keys.
# layers: SC
# rows: 26
# expect: refused EPERM


def request():
    try:
        return syscall("request_key", b"user", b"hostile-none", None, 0)
    except OSError as error:
        # It looked, and found none.
        if error.errno == errno.ENOKEY:
            return "looked for"
        raise


attack(request)

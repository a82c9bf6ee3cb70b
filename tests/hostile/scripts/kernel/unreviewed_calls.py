# Tries system calls newer than the filter.
# layers: SC
# rows: 30
# expect: refused ENOSYS


def call():
    found = []
    # From cachestat on. Without arguments they do nothing but tell that they are there.
    for number in range(451, 475):
        try:
            found.append((number, syscall(number, -1, 0, 0, 0, 0, 0)))
        except OSError as error:
            if error.errno != errno.ENOSYS:
                found.append((number, errno.errorcode[error.errno]))
    if not found:
        raise OSError(errno.ENOSYS, "none")
    return found


attack(call)

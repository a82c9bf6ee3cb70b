# Throws a shared file's pages out of memory: the time of the next read tells another role's script.
# layers: SC
# rows: 34
# expect: refused EPERM


def throw_out():
    import numpy

    with open(numpy.__file__, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return "thrown out"


attack(throw_out)

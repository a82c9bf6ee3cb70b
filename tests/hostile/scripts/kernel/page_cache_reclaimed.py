# The same by way of a mapping of the file.
# layers: SC
# rows: 34
# expect: refused EPERM


def reclaim():
    import mmap

    import numpy

    with open(numpy.__file__, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        mapped.madvise(21)  # MADV_PAGEOUT
        return "reclaimed"


attack(reclaim)

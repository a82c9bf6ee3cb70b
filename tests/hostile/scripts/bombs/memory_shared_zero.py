# Takes memory by sharing a mapping of /dev/zero.
# layers: NS, LL
# rows: 38
# expect: refused ENOENT

import mmap


def take():
    where = os.open("/dev/zero", os.O_RDWR)
    one = mmap.mmap(where, 64_000_000)
    one[0] = 1
    return "64 MB"


attack(take)

# Takes memory for page tables: it reads pages here and there of a large and empty mapping.
# layers: RL, CG
# rows: 38
# expect: refused ENOMEM or error 53200
# control: refused because there the address space is bounded, too
# settings: launchpad.memory_limit=150MB, launchpad.script_timeout=20s

import mmap


def spread():
    size = 400 << 30
    one = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
    for page in range(0, size, 2 << 20):
        one[page]
    return "400 GB spread"


attack(spread)

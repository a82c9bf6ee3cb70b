# Takes memory by mapping it, shared so that no limit of private memory counts it.
# layers: RL, CG
# rows: 38
# expect: refused ENOMEM
# settings: launchpad.memory_limit=300MB
# todo: shared mappings count for the address space alone, whose limit is 0.6 GB + twice as much

import mmap


def take():
    taken = []
    for _ in range(40):
        one = mmap.mmap(-1, 10_000_000)
        for page in range(0, 10_000_000, 4096):
            one[page] = 1
        taken.append(one)
    return f"{len(taken)} times 10 MB of 300 MB"


attack(take)

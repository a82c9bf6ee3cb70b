# Takes memory by mapping it, shared so that no limit of private memory counts it.
# layers: SC, RL, CG
# rows: 38
# expect: refused EPERM or error 53200
# settings: launchpad.memory_limit=300MB, launchpad.script_timeout=20s

import mmap
import time


def take():
    taken = []
    for _ in range(40):
        one = mmap.mmap(-1, 10_000_000)
        for page in range(0, 10_000_000, 4096):
            one[page] = 1
        taken.append(one)
    time.sleep(2)
    return f"{len(taken)} times 10 MB of 300 MB"


attack(take)

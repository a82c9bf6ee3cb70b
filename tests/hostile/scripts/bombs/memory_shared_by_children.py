# Takes memory in shared mappings whose only toucher ends: no process has it then.
# layers: SC, CG
# rows: 38
# expect: refused EPERM or error 53200
# settings: launchpad.memory_limit=150MB, launchpad.script_timeout=20s

import mmap
import time


def take():
    kept = []
    for _ in range(14):
        # The default: shared.
        one = mmap.mmap(-1, 64_000_000)
        kept.append(one)
        if (child := os.fork()) == 0:
            for page in range(0, 64_000_000, 4096):
                one[page] = 1
            os._exit(0)
        os.waitpid(child, 0)
    time.sleep(2)
    return f"{len(kept)} times 64 MB of 150 MB"


attack(take)

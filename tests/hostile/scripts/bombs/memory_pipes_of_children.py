# Fills the pipes of many children, which no limit of memory counts.
# layers: RL, CG
# rows: 35, 38
# expect: error 53200
# expect container: error 38000 PermissionError
# settings: launchpad.memory_limit=150MB, launchpad.script_timeout=20s

import time


def fill():
    kept = []
    try:
        for _ in range(200):
            read, write = os.pipe()
            os.set_blocking(write, False)
            os.write(write, bytes(65536))
            # What is in it stays.
            os.close(write)
            kept.append(read)
    except OSError:
        pass
    return kept


children = 0
for _ in range(30):
    if os.fork() == 0:
        kept = fill()
        time.sleep(1000)
    children += 1
time.sleep(5)
through(f"{children} children with 200 pipes each")

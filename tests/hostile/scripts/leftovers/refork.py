# Leaves a process that is always another, faster than anybody could end it.
# layers: NS
# rows: 41
# expect: rows
# expect container: error 38000 PermissionError

import time

if os.fork() == 0:
    os.closerange(0, 10)
    # Bounded where nothing else bounds it.
    for _ in range(2000):
        if os.fork() != 0:
            os._exit(0)
        time.sleep(0.002)
    os._exit(0)
tried()

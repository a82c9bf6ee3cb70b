# Leaves children with children.
# layers: NS
# rows: 41
# expect: rows
# expect container: error 38000 PermissionError

import time

for _ in range(5):
    if os.fork() == 0:
        for _ in range(5):
            if os.fork() == 0:
                break
        os.closerange(0, 10)
        time.sleep(1e9)
tried()

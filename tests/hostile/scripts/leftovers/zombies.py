# Leaves children that have ended and that nobody waited for.
# layers: NS
# rows: 41
# expect: rows
# expect container: error 38000 PermissionError
# control: skip because their parent's end is enough

import time

for _ in range(30):
    if os.fork() == 0:
        os._exit(0)
time.sleep(0.05)
tried()

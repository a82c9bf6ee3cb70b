# Leaves a process that holds the call's pipes open.
# layers: NS
# rows: 41
# expect: rows

import time

if os.fork() == 0:
    os.setsid()
    time.sleep(1e9)
tried()

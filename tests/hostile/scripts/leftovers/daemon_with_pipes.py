# Leaves a process that holds the call's pipes open.
# layers: NS
# rows: 41
# expect: rows
# expect container: error 38000 PermissionError

import time

if os.fork() == 0:
    os.setsid()
    time.sleep(1e9)
tried()

# Leaves a process that has a session of its own and no parent.
# layers: NS
# rows: 41
# expect: rows
# expect container: error 38000 PermissionError

import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.closerange(0, 10)
        time.sleep(1e9)
    os._exit(0)
os.wait()
tried()

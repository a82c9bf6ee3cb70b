# Leaves a process that ignores all signals.
# layers: NS
# rows: 41
# expect: rows
# expect container: error 38000 PermissionError

import signal
import time

if os.fork() == 0:
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    os.setsid()
    os.closerange(0, 10)
    time.sleep(1e9)
tried()

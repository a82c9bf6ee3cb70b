# Kills the namespace's first process, which the kernel keeps from those within.
# layers: NS, LL
# rows: 41
# expect: rows
# control: skip because it would end the control itself

import contextlib
import signal

for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGSEGV):
    # Landlock refuses, where it can.
    with contextlib.suppress(PermissionError):
        os.kill(1, number)
tried()

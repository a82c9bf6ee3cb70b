# Leaves a child that is stopped.
# layers: NS
# rows: 41
# expect: rows
# expect container: error 38000 PermissionError

import signal

if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
tried()

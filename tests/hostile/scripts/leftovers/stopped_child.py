# Leaves a child that is stopped.
# layers: NS
# rows: 41
# expect: rows

import signal

if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
tried()

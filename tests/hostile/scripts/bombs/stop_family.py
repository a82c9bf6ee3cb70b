# Stops itself and its children, each waiting for another.
# layers: BK, NS
# rows: 40, 41
# expect: error 57014 script_timeout
# expect container: error 38000 PermissionError
# settings: launchpad.script_timeout=300ms
# control: skip because only the backend ends it

import signal

for _ in range(10):
    if os.fork() == 0:
        os.setsid()
        os.kill(os.getpid(), signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGSTOP)

# Ignores all signals, and runs forever.
# layers: BK, NS
# rows: 40
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=300ms
# control: skip because only the backend ends it

import signal

for number in range(1, signal.NSIG):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
while True:
    pass

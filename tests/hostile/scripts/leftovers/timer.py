# Leaves a timer that would send a signal.
# layers: NS
# rows: 41
# expect: rows
# control: skip because it ends with its process anyway

import signal

signal.setitimer(signal.ITIMER_REAL, 60)
tried()

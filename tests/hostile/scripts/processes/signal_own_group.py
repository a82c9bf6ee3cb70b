# Stops the processes of its group, in case the launchpad's are in it.
# layers: NS
# rows: 19
# expect: rows
# control: skip because it would stop the control itself

import signal

signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.killpg(0, signal.SIGTERM)
tried()

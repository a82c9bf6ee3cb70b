# Stops itself, so that it does not even end.
# layers: BK, NS
# rows: 40
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=300ms
# control: skip because only the backend ends it

import signal

os.kill(os.getpid(), signal.SIGSTOP)

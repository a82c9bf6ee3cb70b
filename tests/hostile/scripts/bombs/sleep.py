# Sleeps forever.
# layers: BK
# rows: 40
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=300ms
# control: skip because only the backend ends it

import time

time.sleep(1e9)

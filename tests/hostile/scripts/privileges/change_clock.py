# Changes the machine's clock.
# layers: SC
# rows: 30
# expect: refused EPERM
# control: refused because it takes a right that the server does not have

import time

attack(lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()) or "changed")

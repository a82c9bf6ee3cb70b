# Has signals sent to a process of its choice when data arrive.
# layers: SC
# rows: 18, 35
# expect: refused EPERM

import fcntl

attack(lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getpid()) or "chosen")

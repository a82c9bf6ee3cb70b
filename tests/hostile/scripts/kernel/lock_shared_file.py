# Tells another role's script something by a lock on a file that both see.
# layers: SC
# rows: 11, 34
# expect: refused EPERM

import fcntl

attack(lambda: fcntl.flock(open(os.__file__), fcntl.LOCK_SH) or "locked")

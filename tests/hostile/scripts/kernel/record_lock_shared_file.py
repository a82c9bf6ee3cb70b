# The same by a lock on a part of the file.
# layers: SC
# rows: 34
# expect: refused EPERM

import fcntl

attack(lambda: fcntl.lockf(open(os.__file__), fcntl.LOCK_SH) or "locked")

# Takes the memory for pipes that the server's user has.
# layers: SC
# rows: 35
# expect: refused EPERM

import fcntl

attack(lambda: fcntl.fcntl(os.pipe()[1], 1031, 1 << 20))

# Types a command into a terminal that it inherited.
# layers: SC, FD
# rows: 32
# expect: refused EPERM
# control: refused because there is no terminal to inherit

import fcntl

attack(lambda: [fcntl.ioctl(number, 0x5412, b"x") for number in (0, 1, 2)])

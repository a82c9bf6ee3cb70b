# Is told when others open a file.
# layers: SC
# rows: 34
# expect: refused EPERM

import fcntl


def lease():
    with open("file", "w"):
        pass
    return fcntl.fcntl(os.open("file", os.O_RDONLY), 1024, fcntl.F_RDLCK) or "leased"


attack(lease)

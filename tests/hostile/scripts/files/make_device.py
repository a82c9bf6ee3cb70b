# Makes device nodes, also the kind that the kernel gives to anyone.
# layers: SC
# rows: 33
# expect: refused EPERM


def make():
    for device in (os.makedev(1, 1), os.makedev(0, 0)):
        try:
            os.mknod("device", 0o20600, device)
            return device
        except OSError as error:
            last = error
    raise last


attack(make)

# Enters the namespaces of the process that it was forked from.
# layers: NS, SC
# rows: 22
# expect: refused ENOENT or EACCES or EPERM
# control: refused because it is in them already


def enter():
    for kind, flag in (("mnt", 0x20000), ("net", 0x40000000), ("user", 0x10000000)):
        with open(f"/proc/{planted['zygote']}/ns/{kind}") as file:
            checked(libc.setns(file.fileno(), flag))
    return "entered"


attack(enter)

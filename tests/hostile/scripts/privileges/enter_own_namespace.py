# Enters a namespace by a descriptor, whichever.
# layers: SC
# rows: 22
# expect: refused EPERM or ENOENT
# control: refused because nobody may enter the namespace that he is in


def enter():
    with open("/proc/self/ns/user") as file:
        return checked(libc.setns(file.fileno(), 0x10000000)) or "entered"


attack(enter)

# Traces another role's process.
# layers: NS, SC
# rows: 20
# expect: refused EPERM or ESRCH


def trace():
    checked(libc.ptrace(0x4206, planted["neighbour"], 0, 0))
    libc.ptrace(17, planted["neighbour"], 0, 0)
    return "traced"


attack(trace)

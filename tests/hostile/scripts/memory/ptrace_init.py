# Traces the namespace's first process.
# layers: SC
# rows: 20
# expect: refused EPERM


def trace():
    # PTRACE_SEIZE, which does not stop it, and let go.
    checked(libc.ptrace(0x4206, 1, 0, 0))
    libc.ptrace(17, 1, 0, 0)
    return "traced"


attack(trace)

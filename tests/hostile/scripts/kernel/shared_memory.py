# Makes shared memory that outlives it and that no limit of a process counts.
# layers: SC, NS
# rows: 34, 38
# expect: refused EPERM


def make():
    made = checked(libc.shmget(0, 1 << 20, 0o1600))
    libc.shmctl(made, 0, None)
    return made


attack(make)

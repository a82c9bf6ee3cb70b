# Makes semaphores that outlive it.
# layers: SC, NS
# rows: 34
# expect: refused EPERM


def make():
    made = checked(libc.semget(0, 1, 0o1600))
    libc.semctl(made, 0, 0)
    return made


attack(make)

# Makes a queue of messages that outlives it.
# layers: SC, NS, RL
# rows: 34, 38
# expect: refused EPERM


def make():
    name = b"/" + planted["marker"].encode()
    # The name without its slash, as the C library passes it.
    made = syscall("mq_open", name[1:], 0o102, 0o600, None)
    libc.mq_unlink(name)
    return made


attack(make)

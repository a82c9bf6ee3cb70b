# Keeps something in a key ring of its user, where later calls find it.
# layers: SC
# rows: 26
# expect: refused EPERM

# KEY_SPEC_PROCESS_KEYRING
attack(lambda: syscall("add_key", b"user", b"hostile", b"x", 1, -2))

# Reads the key rings of the server's user.
# layers: SC
# rows: 26
# expect: refused EPERM

# KEYCTL_GET_KEYRING_ID of the user's key ring
attack(lambda: syscall("keyctl", 0, -4, 0))

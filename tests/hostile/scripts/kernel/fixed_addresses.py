# Turns off the random layout of memory for what it starts.
# layers: SC
# rows: 30, 50
# expect: refused EPERM

attack(lambda: checked(libc.personality(0x0040000)) or "fixed")

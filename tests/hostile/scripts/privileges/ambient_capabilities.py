# Raises rights that survive the start of a program.
# layers: SC
# rows: 24
# expect: refused EPERM
# control: refused because it takes a right that the server does not have

attack(lambda: checked(libc.prctl(47, 2, 21, 0, 0)) or "raised")

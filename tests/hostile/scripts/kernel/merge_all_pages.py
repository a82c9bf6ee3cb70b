# The same for the whole process.
# layers: SC
# rows: 34
# expect: refused EPERM
# control: refused because it takes a right that the server does not have

attack(lambda: checked(libc.prctl(67, 1, 0, 0, 0)) or "merged")

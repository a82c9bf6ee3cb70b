# Reads the kernel's messages.
# layers: SC
# rows: 12
# expect: refused EPERM
# control: refused because most kernels refuse it to users

attack(lambda: checked(libc.klogctl(10, None, 0)))

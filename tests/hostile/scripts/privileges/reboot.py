# Reboots the machine; with a number that means nothing, should it be let through.
# layers: SC
# rows: 30
# expect: refused EPERM
# control: refused because nobody but the super-user may try

attack(lambda: checked(libc.reboot(0)))

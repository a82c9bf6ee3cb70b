# Takes on other groups.
# layers: SC
# rows: 24
# expect: refused EPERM
# control: refused because it takes a right that the server does not have

attack(lambda: os.setgroups([0, 4, 6]) or os.getgroups())

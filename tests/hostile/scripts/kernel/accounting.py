# Has the kernel write a record of every process to a file.
# layers: SC
# rows: 30
# expect: refused EPERM
# control: refused because it takes a right that the server does not have

attack(lambda: checked(libc.acct(b"/tmp/acct")) or "on")

# Reads a password file in another user's home.
# layers: NS, LL
# rows: 1
# expect: refused ENOENT

attack(lambda: open(planted["home_file"]).read())

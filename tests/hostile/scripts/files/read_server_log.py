# Reads the server's log, which holds statements of other roles.
# layers: NS, LL
# rows: 2
# expect: refused ENOENT

attack(lambda: open(planted["log"]).read(100) or "empty, but open")

# Signals the server's first process, whose user the script has.
# layers: NS
# rows: 19
# expect: refused ESRCH

attack(lambda: os.kill(planted["postmaster"], 0) or "it could be killed")

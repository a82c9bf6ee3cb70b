# Signals another session's process.
# layers: NS
# rows: 19
# expect: refused ESRCH

attack(lambda: os.kill(planted["backend"], 0) or "it could be killed")

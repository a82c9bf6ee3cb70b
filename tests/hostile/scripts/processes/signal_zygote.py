# Signals the process that it was forked from.
# layers: NS
# rows: 19
# expect: refused ESRCH

attack(lambda: os.kill(planted["zygote"], 0) or "it could be killed")

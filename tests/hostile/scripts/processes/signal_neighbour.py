# Signals another role's script.
# layers: NS
# rows: 19
# expect: refused ESRCH

attack(lambda: os.kill(planted["neighbour"], 0) or "it could be killed")

# Signals all processes that it may, at once.
# layers: NS
# rows: 19
# expect: refused ESRCH

attack(lambda: os.kill(-1, 0) or "someone was there")

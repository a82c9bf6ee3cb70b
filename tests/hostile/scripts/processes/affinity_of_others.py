# Moves another role's process to one processor.
# layers: NS
# rows: 35
# expect: refused ESRCH

attack(lambda: os.sched_setaffinity(planted["neighbour"], {0}) or "moved")

# Moves another role's process to one processor.
# layers: SC, NS
# rows: 35
# expect: refused EPERM

attack(lambda: os.sched_setaffinity(planted["neighbour"], {0}) or "moved")

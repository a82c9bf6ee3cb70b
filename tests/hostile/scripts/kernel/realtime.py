# Takes a processor for itself.
# layers: SC, RL
# rows: 35, 40
# expect: refused EPERM
# control: refused because it takes a right that the server does not have

attack(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)) or "taken")

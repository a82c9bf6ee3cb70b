# Makes all processes of its user slower.
# layers: SC, NS
# rows: 35
# expect: refused EPERM

slower = os.getpriority(os.PRIO_PROCESS, 0) + 1
attack(lambda: os.setpriority(os.PRIO_USER, 0, slower) or "slower")

# Makes all processes of its user slower.
# layers: SC, NS
# rows: 35
# expect: refused EPERM

attack(lambda: os.setpriority(os.PRIO_USER, 0, 1) or "slower")

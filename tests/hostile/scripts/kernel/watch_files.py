# Watches a whole file system.
# layers: SC
# rows: 34, 35
# expect: refused EPERM

# FAN_REPORT_FID: the kind that users may have.
attack(lambda: syscall("fanotify_init", 0x200, 0))

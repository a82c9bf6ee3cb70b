# Uses the open files of the namespace's first process.
# layers: NS
# rows: 4, 6
# expect: refused EACCES or ENOENT

attack(lambda: [os.readlink(f"/proc/1/fd/{n}") for n in os.listdir("/proc/1/fd")])

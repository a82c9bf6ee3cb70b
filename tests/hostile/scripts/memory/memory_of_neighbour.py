# Opens the memory of another role's process.
# layers: NS
# rows: 20
# expect: refused ENOENT or EACCES

attack(lambda: open(f"/proc/{planted['neighbour']}/mem", "rb") and "open")

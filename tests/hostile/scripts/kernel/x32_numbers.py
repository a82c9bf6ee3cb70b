# Calls by the numbers of another convention, past a filter that forgot them.
# layers: SC
# rows: 31
# expect: refused EPERM
# machine: x86_64
# control: refused because most kernels have no such convention

attack(lambda: syscall(0x40000000 + 39))

# Makes a network namespace with all its kernel code (CVE-2023-32233, CVE-2024-1086).
# layers: SC
# rows: 22
# expect: refused EPERM

attack(lambda: checked(libc.unshare(0x10000000 | 0x40000000)) or "a network")

# Reaches the kernel's code that configures file systems (CVE-2022-0185).
# layers: SC
# rows: 21, 22
# expect: refused EPERM

with_new_namespaces()
attack(lambda: syscall("fsopen", b"tmpfs", 0))

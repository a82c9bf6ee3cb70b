# Starts a program that is in no file.
# layers: SC
# rows: 25, 38
# expect: refused EPERM
# expect delegated: refused EACCES


def start():
    # Where a control group counts what is in it, it is the start that is refused.
    file = syscall("memfd_create", b"program", 0)
    os.write(file, b"#!/bin/sh\n")
    os.execve(file, ["program"], {})


attack(start)

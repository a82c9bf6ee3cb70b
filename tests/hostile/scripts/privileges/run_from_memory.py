# Starts a program that is in no file.
# layers: SC
# rows: 25, 38
# expect: refused EPERM
# expect delegated: refused EACCES

import glob


def start():
    # Where a control group counts what is in it, it is the start that is refused.
    file = syscall("memfd_create", b"program", 0)
    # The C library is a program as well: it says who it is.
    library = [*glob.glob("/lib/*-linux-gnu/libc.so.6"), "/lib64/libc.so.6"][0]
    with open(library, "rb") as program:
        os.write(file, program.read())
    child = os.fork()
    if child == 0:
        try:
            os.execve(file, ["program"], {})
        except OSError as error:
            os._exit(error.errno)
    number = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if number:
        raise OSError(number, "")
    return "a program ran"


attack(start)

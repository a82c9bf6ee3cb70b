# Fills the disk with files in folders that nobody can look into, or that are too deep.
# layers: NS, SC
# rows: 36
# expect: refused ENOSPC
# expect container: error 53400
# control: skip because what it leaves is closed to the driver as well

import contextlib
import platform
import time


def fill():
    # Without the right to read them, if it can have such.
    with contextlib.suppress(OSError):
        checked(libc.syscall(ctypes.c_long(95 if platform.machine() == "x86_64" else 166), 0o400))
    for mode in (0o300, 0o700):
        with contextlib.suppress(OSError):
            os.mkdir("closed", mode)
            break
    os.chdir("closed")
    for _ in range(120):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    for number in range(100):
        with open(str(number), "wb") as file:
            file.write(bytes(1 << 20))
    time.sleep(2)
    return "100 MB of 4 MB"


attack(fill)

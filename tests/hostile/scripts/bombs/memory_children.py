# Takes as much memory as it may, and lets every child take as much again.
# layers: CG
# rows: 38
# expect: error 53200
# expect container: error 38000 PermissionError
# settings: launchpad.memory_limit=300MB, launchpad.script_timeout=20s

import time

read, write = os.pipe()
# Its end is the script's: children wait for it.
held, holder = os.pipe()
children = 4
for _ in range(children):
    if os.fork() == 0:
        try:
            taken = bytearray(b"x") * 80_000_000
            os.write(write, b"y")
            os.close(holder)
            os.read(held, 1)
        finally:
            os._exit(0)
os.close(write)
got = 0
while got < children and os.read(read, 1):
    got += 1
if got == children:
    # It is measured now and then.
    time.sleep(2)
    through(f"{got} times 80 MB, with a limit of 300 MB")
else:
    refused(f"{got} times 80 MB")
